// The registry, and its agreement with the references. Adding a function touches three files: its formulas in
// kernels/functions/<family>-inl.h, its name in kernels/functions/catalog.h, and its reference in
// tests/oracle/reference_<family>.cc. Every other test finds it through these; what is missing is named here.
#include <gtest/gtest.h>

#include <set>

#include "kernels/api/registry.h"
#include "tests/oracle/reference.h"

namespace actserve::testing {
namespace {

TEST(Catalogue, EveryFunctionHasAReference) {
  for (const Function& function : Functions()) {
    EXPECT_NE(oracle::FindReference(function.info.name), nullptr)
        << "function '" << function.info.name
        << "' is in kernels/functions/catalog.h but has no reference to be tested "
        << "against: add one to its family's tests/oracle/reference_<family>.cc";
  }
}

TEST(Catalogue, EveryReferenceHasAFunction) {
  for (const oracle::Reference& reference : oracle::References()) {
    const Function* function = FindFunction(reference.name);
    EXPECT_TRUE(function != nullptr && function->info.name == reference.name)
        << "tests/oracle has a reference for '" << reference.name
        << "', which kernels/functions/catalog.h does not list";
  }
}

TEST(Catalogue, ReferencesHaveTheKindAndParametersOfTheMetadata) {
  for (const Function& function : Functions()) {
    const FunctionInfo& info = function.info;
    const oracle::Reference* reference = oracle::FindReference(info.name);
    if (reference == nullptr) continue;  // said above
    SCOPED_TRACE(std::string(info.name));
    EXPECT_EQ(reference->rowwise.has_value(), info.kind == FunctionKind::kRowwise);
    ASSERT_EQ(reference->params.size(), info.params.size());
    for (size_t i = 0; i < info.params.size(); ++i) {
      const ParamInfo& param = info.params[i];
      EXPECT_EQ(reference->params[i], param.name);
      EXPECT_TRUE(param.required || reference->settings[0][i] == std::vector{param.fallback})
          << "default of " << param.name;
      if (param.learnable) {
        EXPECT_TRUE(reference->pointwise ? reference->pointwise->param_derivative != nullptr
                                         : reference->rowwise->param_product != nullptr)
            << "the reference has no derivative by " << param.name;
      }
      for (const oracle::Setting& setting : reference->settings) {
        for (const double value : setting[i]) EXPECT_TRUE(param.min <= value && value <= param.max) << value;
      }
    }
  }
}

TEST(Catalogue, MetadataIsComplete) {
  for (const Function& function : Functions()) {
    const FunctionInfo& info = function.info;
    SCOPED_TRACE(std::string(info.name));
    EXPECT_EQ(&function, &Functions()[static_cast<size_t>(function.index)]);
    EXPECT_FALSE(info.summary.empty());
    EXPECT_FALSE(info.formula.empty());
    EXPECT_FALSE(info.derivative.empty());
    for (const ParamInfo& param : info.params) {
      EXPECT_FALSE(param.summary.empty()) << param.name;
      EXPECT_LE(param.min, param.max) << param.name;
      EXPECT_TRUE(param.required || (param.min <= param.fallback && param.fallback <= param.max)) << param.name;
    }
  }
}

TEST(Catalogue, NamesAndAliasesFindTheirFunctionAndNoOther) {
  std::set<std::string> taken;
  for (const Function& function : Functions()) {
    std::vector<std::string_view> names = Aliases(function.info);
    names.push_back(function.info.name);
    for (const std::string_view name : names) {
      const std::string plain = PlainName(name);
      EXPECT_TRUE(taken.insert(plain).second) << name << " is taken twice";
      EXPECT_EQ(FindFunction(name), &function) << name;
      EXPECT_EQ(FindFunction(plain), &function) << plain;
    }
  }
}

TEST(Catalogue, NeitherCaseNorUnderscoresMatter) {
  for (const char* name : {"LeakyReLU", "LeakyRelu", "leakyrelu", "LEAKY_RELU"}) {
    ASSERT_NE(FindFunction(name), nullptr) << name;
    EXPECT_EQ(FindFunction(name)->info.name, "leaky_relu");
  }
  EXPECT_EQ(FindFunction("leaky relu"), nullptr);
  EXPECT_EQ(FindFunction("relu" + std::string(61, '_')), nullptr);  // longer than any name can be
}

// Those that act on elements; of rows and gates there are others.
TEST(Catalogue, HasTheElementwiseActivationsOfTheFrameworks) {
  const std::vector<std::string_view> pytorch = {
      "ELU",  "Hardshrink", "Hardsigmoid", "Hardtanh", "Hardswish", "LeakyReLU",  "LogSigmoid", "PReLU",
      "ReLU", "ReLU6",      "RReLU",       "SELU",     "CELU",      "GELU",       "Sigmoid",    "SiLU",
      "Mish", "Softplus",   "Softshrink",  "Softsign", "Tanh",      "Tanhshrink", "Threshold",  "Identity"};
  const std::vector<std::string_view> onnx = {"Celu",      "Clip",     "Elu",       "Gelu",           "HardSigmoid",
                                              "HardSwish", "Identity", "LeakyRelu", "Mish",           "PRelu",
                                              "Relu",      "Selu",     "Shrink",    "Sigmoid",        "Softplus",
                                              "Softsign",  "Swish",    "Tanh",      "ThresholdedRelu"};
  const std::vector<std::string_view> keras = {
      "celu",      "elu",        "gelu",        "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish",
      "hard_tanh", "leaky_relu", "linear",      "log_sigmoid", "mish",         "relu",      "relu6",
      "selu",      "sigmoid",    "silu",        "soft_shrink", "softplus",     "softsign",  "squareplus",
      "swish",     "tanh",       "tanh_shrink", "threshold"};
  for (const auto* const names : {&pytorch, &onnx, &keras}) {
    for (const std::string_view name : *names) EXPECT_NE(FindFunction(name), nullptr) << name;
  }
}

TEST(Catalogue, HasTheSeedFunctions) {
  for (const char* name : {"relu", "leaky_relu", "prelu", "sigmoid", "tanh", "gelu", "gelu_tanh", "silu", "mish",
                           "softmax", "log_softmax", "sparsemax", "aplu"}) {
    EXPECT_NE(FindFunction(name), nullptr) << name;
  }
  ASSERT_NE(FindFunction("swish"), nullptr);
  EXPECT_EQ(FindFunction("swish")->info.name, "silu");
  for (const char* name : {"", "_", "gelu ", "nothing", "swish,"}) EXPECT_EQ(FindFunction(name), nullptr) << name;
}

TEST(Catalogue, NearestNamesHelpWithTypingErrors) {
  const auto nearest = [](std::string_view name) {
    const std::vector<std::string> names = NearestNames(name);
    return names.empty() ? "" : names.front();
  };
  EXPECT_EQ(nearest("gelo"), "gelu");
  EXPECT_EQ(nearest("swihs"), "swish");
  EXPECT_EQ(nearest("softmx"), "softmax");
  EXPECT_EQ(nearest("leakyrelu"), "leaky_relu");
  EXPECT_EQ(nearest("GELU"), "gelu");
  EXPECT_LE(NearestNames("relu", 2).size(), 2u);
  EXPECT_TRUE(NearestNames("an activation nobody has heard of").empty());
}

}  // namespace
}  // namespace actserve::testing
