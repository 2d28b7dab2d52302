// Everything that a caller can get wrong has its own error, which names the field.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"
#include "kernels/api/status.h"
#include "tests/kernels/tensor.h"

namespace actserve::testing {
namespace {

const Function& Find(std::string_view name) {
  const Function* function = FindFunction(name);
  EXPECT_NE(function, nullptr) << name;
  return *function;
}

// INVALID_ARGUMENT with this field, and a message that contains each of `parts`.
void ExpectInvalid(const absl::Status& status, const std::string& field,
                   std::initializer_list<const char*> parts = {}) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(FieldOf(status), field) << status;
  for (const char* part : parts)
    EXPECT_NE(std::string(status.message()).find(part), std::string::npos) << part << " in " << status;
}

absl::Status BindStatus(std::string_view function, std::initializer_list<NamedParam> params) {
  return Params::Bind(Find(function).info, std::span(params.begin(), params.size())).status();
}

TEST(BindParams, DefaultsAndGivenValues) {
  const NamedParam alpha = {"alpha", 0.3};
  const auto given = Params::Bind(Find("leaky_relu").info, std::span(&alpha, 1));
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(given->size(), 1u);
  EXPECT_TRUE(given->given(0));
  EXPECT_EQ(given->tensor(0), nullptr);
  EXPECT_EQ(given->number(0), 0.3);
  const auto fallback = Params::Bind(Find("leaky_relu").info, {});
  ASSERT_TRUE(fallback.ok()) << fallback.status();
  EXPECT_FALSE(fallback->given(0));
  EXPECT_EQ(fallback->tensor(0), nullptr);
  EXPECT_EQ(fallback->number(0), 0.01);
}

TEST(BindParams, NumbersAndTensorsInAnyOrderAndInCopies) {
  const float slopes[] = {1, 2, 3}, hinge = 4;
  const auto view = [](const float& first, std::vector<int64_t> dims) {
    return TensorView{DataType::kF32, *Shape::Make(dims), reinterpret_cast<const std::byte*>(&first)};
  };
  // srelu's are t_right, a_right, t_left, a_left.
  const NamedParam named[] = {{"a_left", view(hinge, {1})}, {"t_right", 5.0}, {"a_right", view(slopes[0], {3})}};
  absl::StatusOr<Params> bound = Params::Bind(Find("srelu").info, named);
  ASSERT_TRUE(bound.ok()) << bound.status();
  const Params copy = *bound;
  bound = Params();
  const ParamList& infos = Find("srelu").info.params;
  for (size_t i = 0; i < copy.size(); ++i) {
    SCOPED_TRACE(infos[i].name);
    const bool is_slopes = infos[i].name == "a_right", is_hinge = infos[i].name == "a_left";
    ASSERT_EQ(copy.tensor(i) != nullptr, is_slopes || is_hinge);
    EXPECT_EQ(copy.given(i), infos[i].name != "t_left");
    if (is_slopes) {
      EXPECT_EQ(copy.tensor(i)->data, reinterpret_cast<const std::byte*>(slopes));
      EXPECT_EQ(copy.tensor(i)->elements(), 3);
    } else {
      EXPECT_EQ(copy.number(i), is_hinge ? 4 : infos[i].name == "t_right" ? 5 : infos[i].fallback);
    }
  }
}

TEST(BindParams, UnknownName) {
  ExpectInvalid(BindStatus("silu", {{"alpha", 1.0}}), "parameters.alpha", {"silu", "beta"});
  ExpectInvalid(BindStatus("relu", {{"beta", 1.0}}), "parameters.beta");
  ExpectInvalid(BindStatus("silu", {{"", 1.0}}), "parameters.");
  ExpectInvalid(BindStatus("silu", {{"Beta", 1.0}}), "parameters.Beta");
}

TEST(BindParams, GivenTwice) {
  ExpectInvalid(BindStatus("silu", {{"beta", 1.0}, {"beta", 1.0}}), "parameters.beta", {"twice"});
}

TEST(BindParams, Missing) {
  const Tensor slopes = Tensor::Of(DataType::kF32, std::vector{0.5});
  ExpectInvalid(BindStatus("aplu", {}), "parameters.a", {"aplu"});
  ExpectInvalid(BindStatus("aplu", {{"a", slopes.view()}}), "parameters.b");
}

TEST(BindParams, OutOfRange) {
  for (const Function& function : Functions()) {
    for (const ParamInfo& param : function.info.params) {
      SCOPED_TRACE(absl::StrFormat("%s of %s", param.name, function.info.name));
      const std::string field = absl::StrFormat("parameters.%s", param.name);
      const auto status = [&](double value) { return BindStatus(function.info.name, {{param.name, value}}); };
      ExpectInvalid(status(std::nan("")), field);
      if (std::isfinite(param.min)) ExpectInvalid(status(std::nextafter(param.min, -HUGE_VAL)), field);
      if (std::isfinite(param.max)) ExpectInvalid(status(std::nextafter(param.max, HUGE_VAL)), field);
      if (param.shape == ParamShape::kScalar) continue;
      const Tensor tensor = Tensor::Of(DataType::kF32, std::vector{0.5, std::nan(""), 0.5});
      ExpectInvalid(BindStatus(function.info.name, {{param.name, tensor.view()}}), field, {"element 1"});
    }
  }
  ExpectInvalid(BindStatus("softmax", {{"temperature", 0.0}}), "parameters.temperature");
  ExpectInvalid(BindStatus("softmax", {{"temperature", -1.0}}), "parameters.temperature");
  ExpectInvalid(BindStatus("silu", {{"beta", HUGE_VAL}}), "parameters.beta");
}

TEST(BindParams, TensorForANumber) {
  const Tensor two = Tensor::Of(DataType::kF32, std::vector{0.5, 0.5});
  ExpectInvalid(BindStatus("silu", {{"beta", two.view()}}), "parameters.beta", {"[2]"});
  ExpectInvalid(BindStatus("leaky_relu", {{"alpha", two.view()}}), "parameters.alpha");
  EXPECT_TRUE(BindStatus("prelu", {{"alpha", two.view()}}).ok());
}

TEST(BindParams, Counts) {
  EXPECT_TRUE(BindStatus("topk_softmax", {{"k", 2.0}}).ok());
  ExpectInvalid(BindStatus("topk_softmax", {}), "parameters.k", {"missing"});
  ExpectInvalid(BindStatus("topk_softmax", {{"k", 2.5}}), "parameters.k", {"2.5", "whole", "[1, 16777216]"});
  for (const double k : {0.0, -1.0, 0.5}) ExpectInvalid(BindStatus("topk_softmax", {{"k", k}}), "parameters.k");
  const Tensor half = Tensor::Of(DataType::kF32, std::vector{1.5});
  ExpectInvalid(BindStatus("topk_softmax", {{"k", half.view()}}), "parameters.k", {"1.5"});
}

class CheckCallTest : public ::testing::Test {
 protected:
  static absl::Status Check(const Problem& problem) {
    const auto request = MakeRequest(problem);
    return request.ok() ? CheckCall(*request).status() : request.status();
  }
  static Problem Aplu(const Shape& a, const Shape& b) {
    return {.function = &Find("aplu"),
            .direction = Direction::kEvaluate,
            .input = Tensor(DataType::kF32, MakeShape({2, 3, 4})),
            .arguments = {{"a", Tensor(DataType::kF32, a)}, {"b", Tensor(DataType::kF32, b)}}};
  }
  static Problem Simple(std::string_view function, const Shape& shape) {
    return {.function = &Find(function), .direction = Direction::kEvaluate, .input = Tensor(DataType::kF32, shape)};
  }
};

TEST_F(CheckCallTest, Axis) {
  Problem problem = Simple("softmax", MakeShape({2, 3}));
  for (const int good : {-2, -1, 0, 1}) {
    problem.axis = good;
    EXPECT_TRUE(Check(problem).ok()) << good;
  }
  for (const int bad : {-3, 2, 100, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
    problem.axis = bad;
    ExpectInvalid(Check(problem), "axis", {"[2, 3]"});
  }
  Problem elementwise = Simple("gelu", MakeShape({2, 3}));
  elementwise.axis = 0;
  ExpectInvalid(Check(elementwise), "axis", {"gelu"});
  Problem scalar = Simple("softmax", Shape());
  EXPECT_TRUE(Check(scalar).ok());
  scalar.axis = 1;
  ExpectInvalid(Check(scalar), "axis");
}

TEST_F(CheckCallTest, CountsOfElements) {
  Problem problem = Simple("topk_softmax", MakeShape({2, 8}));
  problem.arguments = {{"k", 8.0}};
  EXPECT_TRUE(Check(problem).ok());
  problem.arguments = {{"k", 9.0}};
  ExpectInvalid(Check(problem), "parameters.k", {"9", "8 elements", "[2, 8]"});
  problem.arguments = {{"k", Tensor::Of(DataType::kF32, std::vector{9.0})}};
  ExpectInvalid(Check(problem), "parameters.k", {"9"});
  problem.arguments = {{"k", 3.0}};
  EXPECT_TRUE(Check(problem).ok());
  problem.axis = 0;
  ExpectInvalid(Check(problem), "parameters.k", {"axis 0", "2 elements"});
  problem.input = Tensor(DataType::kF32, MakeShape({0, 8}));
  EXPECT_TRUE(Check(problem).ok()) << "there are no rows";
}

TEST_F(CheckCallTest, Upstream) {
  Problem problem = Simple("gelu", MakeShape({2, 3}));
  problem.direction = Direction::kGradient;
  EXPECT_TRUE(Check(problem).ok());
  problem.upstream = Tensor(DataType::kF32, MakeShape({2, 3}));
  EXPECT_TRUE(Check(problem).ok());
  problem.upstream = Tensor(DataType::kF32, MakeShape({3, 2}));
  ExpectInvalid(Check(problem), "upstream", {"[3, 2]", "[2, 3]"});
  problem.upstream = Tensor(DataType::kF32, MakeShape({6}));
  ExpectInvalid(Check(problem), "upstream");
  problem.upstream = Tensor(DataType::kF16, MakeShape({2, 3}));
  ExpectInvalid(Check(problem), "upstream", {"f16", "f32"});
  problem.upstream = Tensor(DataType::kF32, MakeShape({2, 3}));
  problem.direction = Direction::kEvaluate;
  ExpectInvalid(Check(problem), "upstream");
}

TEST_F(CheckCallTest, Segments) {
  EXPECT_TRUE(Check(Aplu(MakeShape({1}), MakeShape({1}))).ok());
  EXPECT_TRUE(Check(Aplu(MakeShape({64}), MakeShape({64, 3}))).ok());
  ExpectInvalid(Check(Aplu(MakeShape({0}), MakeShape({0}))), "parameters.a", {"0 segments", "64"});
  ExpectInvalid(Check(Aplu(MakeShape({65}), MakeShape({65}))), "parameters.a", {"65 segments", "64"});
  ExpectInvalid(Check(Aplu(MakeShape({2}), MakeShape({3}))), "parameters.b", {"3", "2"});
  ExpectInvalid(Check(Aplu(MakeShape({2, 3}), MakeShape({3, 3}))), "parameters.b");
  ExpectInvalid(Check(Aplu(Shape(), Shape())), "parameters.a");
  ExpectInvalid(Check(Aplu(MakeShape({2, 3, 1}), MakeShape({2}))), "parameters.a", {"[2, 3, 1]"});
  Problem number = Aplu(MakeShape({1}), MakeShape({1}));
  number.arguments[0].second = 0.5;
  ExpectInvalid(Check(number), "parameters.a");
}

TEST_F(CheckCallTest, Channels) {
  ExpectInvalid(Check(Aplu(MakeShape({2, 4}), MakeShape({2, 3}))), "parameters.a", {"[2, 4]", "3 channels"});
  Problem problem = Simple("prelu", MakeShape({2, 3, 4}));
  const auto with_alpha = [&](const Shape& shape, std::optional<int> axis) {
    problem.arguments = {{"alpha", Tensor(DataType::kF32, shape)}};
    problem.axis = axis;
    return Check(problem);
  };
  EXPECT_TRUE(with_alpha(MakeShape({3}), {}).ok());
  EXPECT_TRUE(with_alpha(MakeShape({1}), {}).ok());
  EXPECT_TRUE(with_alpha(MakeShape({4}), 2).ok());
  EXPECT_TRUE(with_alpha(MakeShape({2}), -3).ok());
  ExpectInvalid(with_alpha(MakeShape({4}), {}), "parameters.alpha", {"[4]", "3"});
  ExpectInvalid(with_alpha(MakeShape({3}), 2), "parameters.alpha");
  ExpectInvalid(with_alpha(MakeShape({3, 3}), {}), "parameters.alpha");
  ExpectInvalid(with_alpha(MakeShape({0}), {}), "parameters.alpha");
}

TEST_F(CheckCallTest, ParametersMustBeBound) {
  const Tensor input = Tensor::Of(DataType::kF32, std::vector{1.0});
  CallRequest request;
  request.function = &Find("leaky_relu");
  request.input = input.view();
  const absl::Status status = CheckCall(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
}

TEST_F(CheckCallTest, GradientsOfGivenLearnableParametersOnly) {
  const auto gradient_params = [](const Problem& problem, bool input_only = false) {
    CallRequest request = *MakeRequest(problem);
    request.input_gradient_only = input_only;
    return CheckCall(request)->gradient_params;
  };
  Problem silu = Simple("silu", MakeShape({3}));
  silu.arguments = {{"beta", 1.0}};
  EXPECT_TRUE(gradient_params(silu).empty()) << "of an evaluation";
  silu.direction = Direction::kGradient;
  EXPECT_EQ(gradient_params(silu), std::vector{0});
  EXPECT_TRUE(gradient_params(silu, true).empty());
  silu.arguments.clear();
  EXPECT_TRUE(gradient_params(silu).empty()) << "not given";
  Problem softmax = Simple("softmax", MakeShape({3}));
  softmax.direction = Direction::kGradient;
  softmax.arguments = {{"temperature", 2.0}};
  EXPECT_TRUE(gradient_params(softmax).empty()) << "not learnable";
  Problem aplu = Aplu(MakeShape({2}), MakeShape({2, 3}));
  aplu.direction = Direction::kGradient;
  EXPECT_EQ(gradient_params(aplu), (std::vector{0, 1}));
  const Call call = *CheckCall(*MakeRequest(aplu));
  EXPECT_EQ(call.gradient_type(1), DataType::kF32);
  EXPECT_EQ(call.gradient_shape(1), MakeShape({2, 3}));
}

absl::Status ShapeStatus(std::initializer_list<int64_t> dims) {
  return Shape::Make(std::span(dims.begin(), dims.size())).status();
}

TEST(MakeShapeTest, RefusesWhatDoesNotFit) {
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  ExpectInvalid(ShapeStatus({2, -1}), "shape", {"-1"});
  ExpectInvalid(ShapeStatus({std::numeric_limits<int64_t>::min()}), "shape");
  ExpectInvalid(ShapeStatus({1, 1, 1, 1, 1, 1, 1, 1, 1}), "shape", {"9", "8"});
  ExpectInvalid(ShapeStatus({kHuge}), "shape");  // 8 bytes each
  ExpectInvalid(ShapeStatus({int64_t{1} << 32, int64_t{1} << 32}), "shape", {"overflow"});
  ExpectInvalid(ShapeStatus({0, kHuge, kHuge}), "shape");
  ExpectInvalid(ShapeStatus({kHuge, kHuge, 0}), "shape");
}

TEST(MakeShapeTest, KnowsItsExtents) {
  const Shape shape = MakeShape({2, 3, 4, 5});
  EXPECT_EQ(shape.rank(), 4);
  EXPECT_EQ(shape.elements(), 120);
  EXPECT_EQ(shape.outer(2), 6);
  EXPECT_EQ(shape.inner(2), 5);
  EXPECT_EQ(shape.ToString(), "[2, 3, 4, 5]");
  EXPECT_EQ(Shape().elements(), 1);
  EXPECT_EQ(Shape().ToString(), "[]");
  EXPECT_EQ(MakeShape({7, 0}).elements(), 0);
  EXPECT_FALSE(MakeShape({2, 3}) == MakeShape({3, 2}));
  EXPECT_EQ(MakeShape({1, 2, 3, 4, 5, 6, 7, 8}).elements(), 40320);
}

TEST(ByteCount, MustFitTypeAndShape) {
  EXPECT_TRUE(CheckByteCount(DataType::kF64, MakeShape({2, 3}), 48).ok());
  EXPECT_TRUE(CheckByteCount(DataType::kF32, MakeShape({0, 3}), 0).ok());
  ExpectInvalid(CheckByteCount(DataType::kBF16, MakeShape({2, 3}), 13), "data", {"13", "12", "bf16"});
  ExpectInvalid(CheckByteCount(DataType::kF32, Shape(), 0), "data");
}

TEST(Targets, CanBeListedAndForced) {
  const std::vector<std::string> targets = CpuTargets();
  ASSERT_FALSE(targets.empty());
  for (const std::string& target : targets) {
    ASSERT_TRUE(ForceCpuTarget(target).ok()) << target;
    EXPECT_EQ(ActiveCpuTarget(), target);
  }
  EXPECT_EQ(ForceCpuTarget("ABACUS").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ForceCpuTarget("").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ActiveCpuTarget(), targets.back()) << "a refused target changes nothing";
  ASSERT_TRUE(ForceCpuTarget(targets.front()).ok());
  EXPECT_EQ(CpuBackend().name(), "cpu");
}

TEST(FieldsAtFault, NestUnderPrefixes) {
  const absl::Status status = InvalidField("shape", "is wrong");
  EXPECT_EQ(FieldOf(UnderField("input", status)), "input.shape");
  EXPECT_EQ(FieldOf(UnderField("items[2]", UnderField("input", status))), "items[2].input.shape");
  EXPECT_EQ(FieldOf(absl::OkStatus()), "");
  EXPECT_EQ(FieldOf(absl::InternalError("other")), "");
  EXPECT_TRUE(UnderField("input", absl::OkStatus()).ok());
}

}  // namespace
}  // namespace actserve::testing
