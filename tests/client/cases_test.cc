// Every case of tests/cases through the client library against the real server, bits compared: each alone, and all of a
// file over one stream.
#include <bit>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "client/cpp/client.h"
#include "client/cpp/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cases/generator/files.h"
#include "tests/e2e/server_process.h"

namespace actserve::client {
namespace {

DataType TypeOf(const std::string& name) {
  for (const DataType type : kDataTypes) {
    if (name == Name(type)) return type;
  }
  ADD_FAILURE() << name << " is no type";
  return DataType::kF32;
}

Quantization ToQuantization(const cases::Quantization& from) {
  Quantization quantization{.zero_points = {from.zero_point().begin(), from.zero_point().end()}};
  const std::string scales = absl::HexStringToBytes(from.scale());
  quantization.scales.resize(scales.size() / sizeof(float));
  std::memcpy(quantization.scales.data(), scales.data(), scales.size());
  if (from.has_axis()) quantization.axis = from.axis();
  return quantization;
}

GatedLayout LayoutOf(const std::string& name) {
  for (const GatedLayout layout : {GatedLayout::kHalves, GatedLayout::kHalvesGateFirst, GatedLayout::kInterleaved}) {
    if (name == Name(layout)) return layout;
  }
  EXPECT_EQ(name, Name(GatedLayout::kInterleavedGateFirst));
  return GatedLayout::kInterleavedGateFirst;
}

Tensor ToTensor(const cases::Tensor& tensor) {
  const Shape shape = *Shape::Make(std::vector<int64_t>(tensor.shape().begin(), tensor.shape().end()));
  return *Tensor::Make(TypeOf(tensor.type()), shape, absl::HexStringToBytes(tensor.data()),
                       ToQuantization(tensor.quantization()));
}

// The bytes of numbers, so that they are compared by bits.
std::variant<std::string, Tensor> BitsOf(const Parameter& parameter) {
  if (const Tensor* tensor = std::get_if<Tensor>(&parameter.value)) return *tensor;
  const auto bytes = std::bit_cast<std::array<char, 8>>(std::get<double>(parameter.value));
  return std::string(bytes.begin(), bytes.end());
}

Parameter ToParameter(const cases::Parameter& parameter) {
  if (parameter.has_tensor()) return {parameter.name(), ToTensor(parameter.tensor())};
  std::array<char, 8> bytes{};
  const std::string scalar = absl::HexStringToBytes(parameter.scalar());
  std::copy_n(scalar.begin(), bytes.size(), bytes.begin());
  return {parameter.name(), std::bit_cast<double>(bytes)};
}

template <class Item>
Item ToItem(const cases::Item& from) {
  Item item{.function = from.function(), .input = ToTensor(from.input())};
  for (const cases::Parameter& parameter : from.parameters()) item.parameters.push_back(ToParameter(parameter));
  if (from.has_axis()) item.axis = from.axis();
  if (!from.output_type().empty()) item.output_type = TypeOf(from.output_type());
  for (const Encoding encoding : kEncodings) {
    if (from.output_encoding() == Name(encoding)) item.encoding = encoding;
  }
  item.output_quantization = ToQuantization(from.output_quantization());
  if (!from.overflow().empty()) {
    item.overflow = from.overflow() == "saturating" ? Overflow::kSaturating : Overflow::kNonSaturating;
  }
  if (from.has_gate()) item.gate = ToTensor(from.gate());
  if (!from.layout().empty()) item.layout = LayoutOf(from.layout());
  if constexpr (std::is_same_v<Item, GradientItem>) {
    if (from.has_upstream()) item.upstream = ToTensor(from.upstream());
    item.input_gradient_only = from.input_gradient_only();
  }
  return item;
}

void Check(const absl::Status& status, const cases::Error& expected, bool same_place = true) {
  EXPECT_EQ(absl::StatusCodeToString(status.code()), expected.code());
  if (same_place) {
    EXPECT_EQ(FieldOf(status), expected.field());
  }
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(expected.message()));
}

const Tensor& OutputOf(const EvaluateResult& result) { return result.output; }
const Tensor& OutputOf(const GradientResult& result) { return result.input_gradient; }
std::optional<Tensor> GateGradientOf(const EvaluateResult&) { return {}; }
std::optional<Tensor> GateGradientOf(const GradientResult& result) { return result.gate_gradient; }
std::vector<Parameter> GradientsOf(const EvaluateResult&) { return {}; }
const std::vector<Parameter>& GradientsOf(const GradientResult& result) { return result.parameter_gradients; }

template <class Result>
void Check(const absl::StatusOr<Result>& result, const cases::Result& expected, bool same_place = true) {
  if (expected.has_error()) return Check(result.status(), expected.error(), same_place);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(OutputOf(*result), ToTensor(expected.output()));
  const std::optional<Tensor> gate = GateGradientOf(*result);
  ASSERT_EQ(gate.has_value(), expected.has_gate_gradient());
  if (gate) {
    EXPECT_EQ(*gate, ToTensor(expected.gate_gradient()));
  }
  const auto& gradients = GradientsOf(*result);
  ASSERT_EQ(static_cast<int>(gradients.size()), expected.parameter_gradients_size());
  for (int i = 0; i < expected.parameter_gradients_size(); ++i) {
    EXPECT_EQ(gradients[i].name, expected.parameter_gradients(i).name());
    EXPECT_EQ(BitsOf(gradients[i]), BitsOf(ToParameter(expected.parameter_gradients(i))));
  }
}

class CasesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<ServerProcess>(
        std::vector<std::string>{"--listen", "127.0.0.1:0", "--metrics-listen", "none"});
    ASSERT_TRUE(server_->WaitFor("ready")) << server_->Output();
  }
  static void TearDownTestSuite() { server_.reset(); }

  static Client Connect() { return *Client::Connect(server_->Addresses().at(0), {.deadline = absl::Minutes(1)}); }

  // Calls body(file's name, case).
  template <class Body>
  static void ForEachCase(Body body) {
    const auto texts = cases::ReadTexts("tests/cases");
    ASSERT_TRUE(texts.ok()) << texts.status();
    for (const auto& [name, text] : *texts) {
      const auto file = cases::FromText(text);
      ASSERT_TRUE(file.ok()) << name << ": " << file.status();
      for (const cases::Case& c : file->cases()) {
        SCOPED_TRACE(name + ": " + c.name());
        body(name, c);
      }
    }
  }

  template <class Item>
  static void Replay(const Client& client, const cases::Case& c) {
    std::vector<Item> items;
    for (const cases::Item& item : c.items()) items.push_back(ToItem<Item>(item));
    const auto results = [&] {
      if constexpr (std::is_same_v<Item, EvaluateItem>) return client.Evaluate(items);
      if constexpr (std::is_same_v<Item, GradientItem>) return client.Gradient(items);
    }();
    if (c.has_error()) return Check(results.status(), c.error());
    ASSERT_TRUE(results.ok()) << results.status();
    ASSERT_EQ(static_cast<int>(results->size()), c.results_size());
    for (int i = 0; i < c.results_size(); ++i) Check((*results)[i], c.results(i));
  }

  static inline std::unique_ptr<ServerProcess> server_;
};

TEST_F(CasesTest, EachAlone) {
  const Client client = Connect();
  int count = 0;
  ForEachCase([&](const std::string&, const cases::Case& c) {
    ++count;
    c.call() == "evaluate" ? Replay<EvaluateItem>(client, c) : Replay<GradientItem>(client, c);
  });
  EXPECT_GT(count, 500);
}

TEST_F(CasesTest, AllOverOneStream) {
  const Client client = Connect();
  std::vector<GradientItem> batch;  // an item each, and what it is to give
  std::vector<cases::Result> expected;
  ForEachCase([&](const std::string&, const cases::Case& c) {
    for (int i = 0; c.call() == "gradient" && i < c.results_size(); ++i) {
      batch.push_back(ToItem<GradientItem>(c.items(i)));
      expected.push_back(c.results(i));
    }
  });
  size_t answered = 0;
  const auto pipeline =
      client.OpenGradientPipeline([&](int64_t number, absl::StatusOr<Results<GradientResult>> answer) {
        ASSERT_TRUE(answer.ok()) << answer.status();
        Check((*answer)[0], expected[static_cast<size_t>(number)], /*same_place=*/false);
        ++answered;
      });
  for (const GradientItem& item : batch) ASSERT_TRUE(pipeline->Submit({item}).ok());
  const absl::Status status = pipeline->Finish();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(answered, expected.size());
}

}  // namespace
}  // namespace actserve::client
