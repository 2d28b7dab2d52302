// What is said of quantizations that make no sense, and where else 8-bit types have no place.
#include "kernels/api/quantization.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "kernels/api/status.h"
#include "tests/kernels/tensor.h"

namespace actserve::testing {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();

struct Wrong {
  DataType type;
  std::vector<float> scales;
  std::vector<int32_t> zero_points;
  std::optional<int> axis;
  std::string field, message;
};

TEST(QuantizationTest, SaysWhatIsWrong) {
  const Shape shape = MakeShape({2, 3});
  const Wrong cases[] = {
      {DataType::kI8, {}, {}, {}, "q", "is missing; expected a scale, since the data type is i8"},
      {DataType::kI8, {}, {1}, {}, "q.scale", "is missing; expected at least one value"},
      {DataType::kF32, {1}, {}, {}, "q", "is given, but the data type is f32; expected none, or i8 or u8 elements"},
      {DataType::kF8E4M3,
       {1},
       {},
       {},
       "q",
       "is given, but the data type is f8e4m3fn; expected none, or i8 or u8 elements"},
      {DataType::kI8, {0}, {}, {}, "q.scale", "value 0 is 0; expected a positive, finite and normal f32"},
      {DataType::kI8, {-1}, {}, {}, "q.scale", "value 0 is -1; expected a positive"},
      {DataType::kI8, {kNan}, {}, {}, "q.scale", "value 0 is nan; expected a positive"},
      {DataType::kI8, {kInfinity}, {}, {}, "q.scale", "value 0 is inf; expected a positive"},
      {DataType::kI8, {1e-40f}, {}, {}, "q.scale", "value 0 is 9.99995e-41; expected a positive"},
      {DataType::kI8, {1, 1, 0}, {}, 1, "q.scale", "value 2 is 0; expected a positive"},
      {DataType::kI8, {1}, {128}, {}, "q.zero_point", "value 0 is 128; expected an integer of i8, -128 to 127"},
      {DataType::kU8, {1}, {-1}, {}, "q.zero_point", "value 0 is -1; expected an integer of u8, 0 to 255"},
      {DataType::kU8, {1}, {1, 2}, {}, "q.zero_point", "has 2 values, but scale has 1; expected as many, or none"},
      {DataType::kU8,
       {1, 1, 1},
       {},
       {},
       "q.scale",
       "has 3 values, but there is no axis; expected one value, or an axis"},
      {DataType::kU8,
       {1, 1, 1},
       {},
       0,
       "q.scale",
       "has 3 values; expected 2, since axis 0 of shape [2, 3] has so many"},
      {DataType::kU8, {1}, {}, -1, "q.scale", "has 1 values; expected 3, since axis -1 of shape [2, 3] has so many"},
      {DataType::kU8,
       {1},
       {},
       2,
       "q.axis",
       "is 2, which is out of range for a tensor of shape [2, 3]; expected a value in [-2, 1]"},
      {DataType::kU8, {1}, {}, -3, "q.axis", "is -3, which is out of range"},
  };
  for (const Wrong& wrong : cases) {
    const absl::Status status =
        CheckQuantization("q", wrong.type, shape, {wrong.scales, wrong.zero_points, wrong.axis}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(FieldOf(status), wrong.field) << status;
    EXPECT_EQ(std::string(status.message()).substr(0, wrong.message.size()), wrong.message);
  }
  const std::vector<float> one = {1};
  EXPECT_EQ(FieldOf(CheckQuantization("q", DataType::kI8, Shape(), {one, {}, 0}).status()), "q.axis");
}

TEST(QuantizationTest, AcceptsWhatFits) {
  const std::vector<float> scales = {0.5f, std::numeric_limits<float>::min(), std::numeric_limits<float>::max()};
  const std::vector<int32_t> zero_points = {-128, 0, 127};
  const absl::StatusOr<Quantization> checked =
      CheckQuantization("q", DataType::kI8, MakeShape({2, 3}), {scales, zero_points, -1});
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->axis, 1);
  EXPECT_EQ(checked->zero_point(2), 127);
  EXPECT_FALSE(CheckQuantization("q", DataType::kF64, Shape(), {})->given());
}

class ByteCallTest : public ::testing::Test {
 protected:
  // The field at fault.
  static std::string Fault(const Problem& problem) {
    const absl::StatusOr<CallRequest> request = MakeRequest(problem);
    return FieldOf(request.ok() ? CheckCall(*request).status() : request.status());
  }
  const float scale_ = 0.1f;
  const Quantization scaled_{{&scale_, 1}, {}, {}};
  const Tensor codes_ = Tensor::OfAllBytes(DataType::kI8);
  Problem problem_{.function = FindFunction("gelu"),
                   .direction = Direction::kGradient,
                   .input = codes_,
                   .output_type = DataType::kF32,
                   .input_quantization = scaled_};
};

TEST_F(ByteCallTest, IsFine) { EXPECT_EQ(Fault(problem_), ""); }

TEST_F(ByteCallTest, WantsQuantizations) {
  problem_.input_quantization = {};
  EXPECT_EQ(Fault(problem_), "input.quantization");
  problem_.input_quantization = scaled_;
  problem_.output_quantization = scaled_;
  EXPECT_EQ(Fault(problem_), "output_quantization");
  problem_.output_type = DataType::kU8;
  EXPECT_EQ(Fault(problem_), "");
  problem_.output_quantization = {};
  EXPECT_EQ(Fault(problem_), "output_quantization");
}

TEST_F(ByteCallTest, WantsTheGates) {
  problem_.function = FindFunction("swiglu");
  problem_.gate = codes_;
  EXPECT_EQ(Fault(problem_), "gate.quantization");
  const float zero = 0;
  problem_.gate_quantization = {{&zero, 1}, {}, {}};
  EXPECT_EQ(Fault(problem_), "gate.quantization.scale");
  problem_.gate_quantization = scaled_;
  EXPECT_EQ(Fault(problem_), "");
  problem_.gate = Tensor(DataType::kU8, codes_.shape());
  EXPECT_EQ(Fault(problem_), "gate");
  problem_.input = *(problem_.gate = Tensor(DataType::kF32, codes_.shape()));
  problem_.input_quantization = {};
  EXPECT_EQ(Fault(problem_), "gate.quantization");
}

// Of packed operands, the output has half as many channels along the axis.
TEST_F(ByteCallTest, OutputScalesAreTheOutputs) {
  const std::vector<float> scales(128, 0.1f);
  problem_ = {.function = FindFunction("swiglu"),
              .direction = Direction::kEvaluate,
              .input = Tensor(DataType::kF32, MakeShape({256})),
              .output_type = DataType::kI8,
              .output_quantization = {scales, {}, 0}};
  EXPECT_EQ(Fault(problem_), "");
  problem_.direction = Direction::kGradient;
  EXPECT_EQ(Fault(problem_), "output_quantization.scale");
}

TEST_F(ByteCallTest, TakesAnyFloatingPointUpstream) {
  for (const DataType type : kDataTypes) {
    problem_.upstream = Tensor(type, codes_.shape());
    EXPECT_EQ(Fault(problem_), IsQuantized(type) ? "upstream" : "") << Name(type);
  }
  problem_.upstream = Tensor(DataType::kF32, MakeShape({255}));
  EXPECT_EQ(Fault(problem_), "upstream");
  problem_.input = Tensor(DataType::kF32, codes_.shape());
  problem_.input_quantization = {};
  problem_.upstream = Tensor(DataType::kF8E5M2, codes_.shape());
  EXPECT_EQ(Fault(problem_), "upstream");
}

TEST_F(ByteCallTest, SaturatesF8Only) {
  problem_.overflow = Overflow::kNonSaturating;
  EXPECT_EQ(Fault(problem_), "overflow");
  problem_.output_type = DataType::kF8E5M2;
  EXPECT_EQ(Fault(problem_), "");
}

TEST_F(ByteCallTest, HasWideParameters) {
  for (const DataType type : kByteTypes) {
    const Problem problem{.function = FindFunction("prelu"),
                          .direction = Direction::kEvaluate,
                          .input = Tensor(DataType::kF32, MakeShape({2, 3})),
                          .arguments = {{"alpha", Tensor(type, MakeShape({3}))}}};
    EXPECT_EQ(Fault(problem), "parameters.alpha");
  }
}

}  // namespace
}  // namespace actserve::testing
