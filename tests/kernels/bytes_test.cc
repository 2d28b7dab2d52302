// Elements of 8 bits: whatever goes in or comes out, the result is that of f64, rounded once.
#include "tests/kernels/bytes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "absl/strings/str_format.h"
#include "kernels/api/element.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/exact.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

// A quantization that owns its numbers.
struct Scales {
  std::vector<float> scales;
  std::vector<int32_t> zero_points;
  std::optional<int> axis;

  Quantization of(DataType type) const { return IsQuantized(type) ? view() : Quantization(); }
  Quantization view() const { return {scales, zero_points, axis}; }
};

const Scales kIn{{0.047f}, {3}, {}}, kOut{{0.0131f}, {11}, {}};

Scales ByChannel(int axis, int64_t channels, DataType type, uint64_t seed) {
  Random random(seed);
  Scales scales{{}, {}, axis};
  for (int64_t c = 0; c < channels; ++c) {
    scales.scales.push_back(static_cast<float>(random.Uniform(0.01, 0.06)));
    scales.zero_points.push_back(static_cast<int32_t>(random.Below(100)) + (type == DataType::kI8 ? -50 : 0));
  }
  return scales;
}

Tensor RandomBytes(DataType type, const Shape& shape, uint64_t seed) {
  Tensor tensor(type, shape);
  Random random(seed);
  for (int64_t i = 0; i < tensor.elements(); ++i) tensor.SetBits(i, random.Bits() & 0xff);
  return tensor;
}

bool IsElementwise(const FunctionInfo& info) { return info.kind == FunctionKind::kElementwise; }

// Every code of every 8-bit type, against the exact results.
class BytesTest : public ::testing::TestWithParam<Case> {};

TEST_P(BytesTest, RoundTheExactResultOfEveryCode) {
  const oracle::Reference& reference = ReferenceOf(*GetParam().function);
  int in_doubt = 0;
  for (const DataType in : kByteTypes) {
    Problem problem{.function = GetParam().function,
                    .direction = GetParam().direction,
                    .input = Tensor::OfAllBytes(in),
                    .arguments = RequiredArgumentsOf(GetParam().function->info, reference.settings[0]),
                    .input_quantization = kIn.of(in)};
    const Problem widened = Widened(problem);
    const Exact exact = ExactOutput(widened);
    for (const DataType out : kDataTypes) {
      if (out == DataType::kF64) continue;
      SCOPED_TRACE(absl::StrFormat("from %s to %s", actserve::Name(in), actserve::Name(out)));
      problem.output_type = out;
      problem.output_quantization = kOut.of(out);
      ForEachTarget([&](const std::string&) {
        const Tensor output = Solve(problem).output;
        for (int64_t i = 0; i < 256; ++i) {
          const oracle::Real& value = exact.values[i];
          // Kernels state the sign of a zero; mathematics does not.
          if (value.IsZero() && output[i] == 0) continue;
          // Whether a number lies above a tie or on it may be more than f64 can tell.
          const oracle::Real ulp = oracle::Abs(value).TimesPowerOfTwo(-52);
          const uint64_t below = Rounded(value - ulp, problem, i);
          const uint64_t above = Rounded(value + ulp, problem, i);
          in_doubt += below != above;
          ASSERT_TRUE(output.bits(i) == below || output.bits(i) == above)
              << "x = " << widened.input[i] << ", exact " << value.ToString() << ", code " << output.bits(i)
              << ", expected " << below << " or " << above;
        }
      });
    }
  }
  RecordProperty("in_doubt", in_doubt);
}

// From every type to every other, where one has 8 bits, for every function: the same as from f64 to f64, rounded; for
// few elements, which is without tables, and for many; along both axes.
class MixedTest : public ::testing::TestWithParam<Case> {};

TEST_P(MixedTest, AreWhatF64IsRounded) {
  const Function* function = GetParam().function;
  const oracle::Reference& reference = ReferenceOf(*function);
  const bool gradient = GetParam().direction == Direction::kGradient;
  for (const Shape& shape : {MakeShape({3, 7}), MakeShape({13, 40})}) {
    for (const DataType in : kDataTypes) {
      Tensor input = IsByte(in) ? RandomBytes(in, shape, 5) : Tensor::Of(in, shape, MixedValues(shape.elements()));
      Problem problem{.function = function,
                      .direction = GetParam().direction,
                      .input = input,
                      .arguments = gradient ? ArgumentsOf(function->info, reference.settings[0])
                                            : RequiredArgumentsOf(function->info, reference.settings[0]),
                      .input_quantization = kIn.of(in)};
      if (gradient && in != DataType::kI8) {
        const DataType upstream = IsByte(in) ? DataType::kF16 : in;
        problem.upstream = Tensor::Of(upstream, shape, MixedValues(shape.elements(), 2));
      }
      for (int axis = 0; axis < (IsElementwise(function->info) ? 1 : 2); ++axis) {
        if (!IsElementwise(function->info)) problem.axis = axis;
        const Answer wide = Solve(Widened(problem));
        for (const DataType out : kDataTypes) {
          if (!IsByte(in) && !IsByte(out)) continue;
          SCOPED_TRACE(absl::StrFormat("from %s to %s", actserve::Name(in), actserve::Name(out)));
          problem.output_type = out;
          problem.output_quantization = kOut.of(out);
          ForEachTarget([&](const std::string&) {
            const Answer answer = Solve(problem, Order::kReversed);
            EXPECT_EQ(answer.param_gradients, wide.param_gradients);
            for (int64_t i = 0; i < shape.elements(); ++i) {
              ASSERT_EQ(answer.output.bits(i), Rounded(wide.output[i], problem, i)) << wide.output[i];
            }
          });
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, BytesTest, ::testing::ValuesIn(CasesByDirection(IsElementwise)), NameOf);
INSTANTIATE_TEST_SUITE_P(Kernels, MixedTest, ::testing::ValuesIn(CasesByDirection(All)), NameOf);

// From every number of 16 bits, and from many of f32, to those of 8 bits: f32 decides what f64 would.
class DecidedTest : public ::testing::TestWithParam<Case> {};

TEST_P(DecidedTest, AreWhatF64IsRounded) {
  const Function* function = GetParam().function;
  const oracle::Reference& reference = ReferenceOf(*function);
  const float coarse[] = {0.5f}, fine[] = {0.0011f}, absurd[] = {0x1p-120f};
  const int32_t zero_point[] = {-7};
  for (const DataType in : {DataType::kF16, DataType::kBF16, DataType::kF32}) {
    const bool is_f32 = in == DataType::kF32;
    const Problem input{.function = function,
                        .direction = Direction::kEvaluate,
                        .input = Tensor::OfBits(in, is_f32 ? SampleCodes(in, reference.points, 4) : AllCodes()),
                        .arguments = RequiredArgumentsOf(function->info, reference.settings[0])};
    const Tensor wide = Solve(Widened(input)).output;
    for (const auto& [out, scale] : {std::pair(DataType::kI8, coarse),
                                     {DataType::kI8, fine},
                                     {DataType::kI8, absurd},
                                     {DataType::kF8E4M3, nullptr},
                                     {DataType::kF8E5M2, nullptr}}) {
      SCOPED_TRACE(absl::StrFormat("from %s to %s", actserve::Name(in), actserve::Name(out)));
      Problem problem = input;
      problem.output_type = out;
      if (scale != nullptr) problem.output_quantization = {{scale, 1}, zero_point, {}};
      ForEachTarget([&](const std::string&) {
        const Tensor output = Solve(problem).output;
        for (int64_t i = 0; i < output.elements(); ++i) {
          ASSERT_EQ(output.bits(i), Rounded(wide[i], problem, i)) << problem.input[i] << ": " << wide[i];
        }
      });
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, DecidedTest, ::testing::ValuesIn([] {
                           std::vector<Case> cases = CasesByDirection(IsElementwise);
                           std::erase_if(cases, [](const Case& c) { return c.direction == Direction::kGradient; });
                           return cases;
                         }()),
                         NameOf);

// Scales by channel, along every axis and in both quantizations: in runs of one element, few and many.
TEST(ChannelScalesTest, AreThoseOfTheElementsChannel) {
  const Shape shape = MakeShape({3, 70, 21});
  for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
    for (int in_axis = -1; in_axis < 3; ++in_axis) {
      for (int out_axis = -1; out_axis < 3; ++out_axis) {
        SCOPED_TRACE(absl::StrFormat("axes %d and %d", in_axis, out_axis));
        const Scales in = in_axis < 0 ? kIn : ByChannel(in_axis, shape.dim(in_axis), DataType::kU8, 1);
        const Scales out = out_axis < 0 ? kOut : ByChannel(out_axis, shape.dim(out_axis), DataType::kI8, 2);
        Problem problem{.function = FindFunction("silu"),
                        .direction = direction,
                        .input = RandomBytes(DataType::kU8, shape, 7),
                        .output_type = DataType::kI8,
                        .input_quantization = in.view(),
                        .output_quantization = out.view()};
        for (const bool upstream : {false, true}) {
          if (upstream && direction == Direction::kEvaluate) continue;
          if (upstream) problem.upstream = Tensor::Of(DataType::kBF16, shape, MixedValues(shape.elements(), 2));
          const Tensor wide = Solve(Widened(problem)).output;
          const Tensor output = Solve(problem, Order::kFourThreads).output;
          for (int64_t i = 0; i < shape.elements(); ++i) {
            ASSERT_EQ(output.bits(i), Rounded(wide[i], problem, i)) << i;
          }
        }
      }
    }
  }
}

TEST(ChannelScalesTest, GoWithRows) {
  const Shape shape = MakeShape({9, 33, 5});
  for (int scale_axis = 0; scale_axis < 3; ++scale_axis) {
    const Scales in = ByChannel(scale_axis, shape.dim(scale_axis), DataType::kI8, 3);
    const Scales out = ByChannel(2 - scale_axis, shape.dim(2 - scale_axis), DataType::kU8, 4);
    for (int axis = 0; axis < 3; ++axis) {
      Problem problem{.function = FindFunction("softmax"),
                      .direction = Direction::kEvaluate,
                      .input = RandomBytes(DataType::kI8, shape, 8),
                      .output_type = DataType::kU8,
                      .axis = axis,
                      .input_quantization = in.view(),
                      .output_quantization = out.view()};
      const Tensor wide = Solve(Widened(problem)).output, output = Solve(problem).output;
      for (int64_t i = 0; i < shape.elements(); ++i) {
        ASSERT_EQ(output.bits(i), Rounded(wide[i], problem, i)) << i;
      }
    }
  }
}

uint64_t One(const char* function, double x, DataType out, const Scales& scales, std::optional<Overflow> overflow) {
  return Solve(Problem{.function = FindFunction(function),
                       .direction = Direction::kEvaluate,
                       .input = Tensor::Of(DataType::kF64, std::vector<double>{x}),
                       .output_type = out,
                       .output_quantization = scales.of(out),
                       .overflow = overflow})
      .output.bits(0);
}

TEST(ByteOutputTest, KnowsNanInfinityAndOverflow) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Scales scales{{0.5f}, {7}, {}};
  EXPECT_EQ(One("relu", std::nan(""), DataType::kI8, scales, {}), 7u);  // NaN is the number 0
  EXPECT_EQ(One("relu", std::nan(""), DataType::kU8, scales, {}), 7u);
  EXPECT_EQ(One("relu", infinity, DataType::kI8, scales, {}), 127u);
  EXPECT_EQ(One("leaky_relu", -infinity, DataType::kI8, scales, {}), 128u);
  EXPECT_EQ(One("leaky_relu", -infinity, DataType::kU8, scales, {}), 0u);
  EXPECT_EQ(One("relu", 1e300, DataType::kU8, {{1e-38f * 2}, {}, {}}, {}), 255u);
  EXPECT_EQ(One("relu", 0.25, DataType::kI8, {{0.5f}, {}, {}}, {}), 0u);  // ties go to even
  EXPECT_EQ(One("relu", 0.75, DataType::kI8, {{0.5f}, {}, {}}, {}), 2u);
  EXPECT_EQ(One("relu", 464, DataType::kF8E4M3, {}, {}), 0x7eu);
  EXPECT_EQ(One("relu", 465, DataType::kF8E4M3, {}, {}), 0x7fu);
  EXPECT_EQ(One("relu", 465, DataType::kF8E4M3, {}, Overflow::kNonSaturating), 0x7fu);
  EXPECT_EQ(One("relu", 465, DataType::kF8E4M3, {}, Overflow::kSaturating), 0x7eu);
  EXPECT_EQ(One("relu", infinity, DataType::kF8E5M2, {}, {}), 0x7cu);
  EXPECT_EQ(One("relu", infinity, DataType::kF8E5M2, {}, Overflow::kSaturating), 0x7bu);
  EXPECT_EQ(One("relu", std::nan(""), DataType::kF8E4M3, {}, Overflow::kSaturating), 0x7fu);
  EXPECT_EQ(One("relu", std::nan(""), DataType::kF8E5M2, {}, Overflow::kSaturating), 0x7eu);
}

// identity rounds, on every instruction set as one element at a time (element_test.cc).
TEST(ByteOutputTest, IsRoundedAsSingleElementsAre) {
  std::vector<double> values = {0, -0.0, std::nan(""), HUGE_VAL, -HUGE_VAL, 5e-324, -1e-310, 1e300, -1.7e308};
  for (int code = 0; code < 256; ++code) {
    for (const double value :
         {F8E4M3::ValueOf(code), F8E5M2::ValueOf(code), F8E4M3::ValueOf(code) * 17 / 16, F8E5M2::ValueOf(code) * 9 / 8,
          F8E4M3::ValueOf(code) + 0x1p-10, F8E5M2::ValueOf(code) + 0x1p-17}) {
      values.insert(values.end(), {value, std::nextafter(value, -HUGE_VAL), std::nextafter(value, HUGE_VAL)});
    }
  }
  Random random(9);
  for (int i = 0; i < 20000; ++i) {
    values.push_back(std::ldexp(random.Uniform(-2, 2), static_cast<int>(random.Below(44)) - 24));
  }
  for (const DataType type : {DataType::kF8E4M3, DataType::kF8E5M2}) {
    for (const Overflow overflow : {Overflow::kNonSaturating, Overflow::kSaturating}) {
      const Problem problem{.function = FindFunction("identity"),
                            .direction = Direction::kEvaluate,
                            .input = Tensor::Of(DataType::kF64, values),
                            .output_type = type,
                            .overflow = overflow};
      ForEachTarget([&](const std::string&) {
        const Tensor output = Solve(problem).output;
        for (size_t i = 0; i < values.size(); ++i) {
          const int expected =
              type == DataType::kF8E4M3 ? F8E4M3::Round(values[i], overflow) : F8E5M2::Round(values[i], overflow);
          ASSERT_EQ(output.bits(static_cast<int64_t>(i)), static_cast<uint64_t>(expected)) << values[i];
        }
      });
    }
  }
}

// So many that they are written around the caches, to an odd address, on every instruction set, and from chunks.
TEST(ByteOutputTest, AreRightInAllSizes) {
  const Function* relu = FindFunction("relu");
  const Scales scales{{1.0f}, {128}, {}};
  std::vector<std::byte> in((size_t{33} << 20) + 100), out(in.size() + 1);
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::byte>(i * 2654435761u >> 13);
  for (const int64_t n : {0, 1, 63, 64, 65, 200, 1000, 70001, 33 << 20, (33 << 20) + 77}) {
    const Shape shape = MakeShape({n});
    const Chunk chunks[] = {{in.data(), 0, n / 3}, {in.data() + n / 3, n / 3, n}};
    for (const bool cut : {false, true}) {
      if (cut && n < 3) continue;
      CallRequest request;
      request.function = relu;
      request.input = TensorView{DataType::kU8, shape, in.data()};
      if (cut) request.input = InputView(DataType::kU8, shape, chunks, 0);
      request.input.quantization = request.output_quantization = scales.view();
      request.params = *Params::Bind(relu->info, {});
      const Call call = *CheckCall(request);
      ForEachTarget([&](const std::string&) {
        std::fill(out.begin(), out.end(), std::byte{1});
        RunInline(*CpuBackend().Prepare(call, {DataType::kU8, shape, out.data() + 1}, {}));
        for (int64_t i = 0; i < n; ++i) {
          ASSERT_EQ(out[i + 1], std::max(in[i], std::byte{128})) << i << " of " << n;
        }
        if (n < static_cast<int64_t>(in.size())) {
          EXPECT_EQ(out[n + 1], std::byte{1});
        }
      });
    }
  }
}

// Tables are kept, in bounds.
TEST(ByteTablesTest, AreComputedOnceAndBounded) {
  Scales scales{{0.5f}, {}, {}};
  Problem problem{.function = FindFunction("elu"),
                  .direction = Direction::kEvaluate,
                  .input = Tensor::OfAllBytes(DataType::kI8),
                  .output_type = DataType::kF64};
  const auto solve = [&](float scale) {
    scales.scales = {scale};
    problem.input_quantization = scales.view();
    return Solve(problem).output;
  };
  const ByteTableCounts before = CpuByteTables();
  const Tensor first = solve(0.25f);
  EXPECT_EQ(CpuByteTables().computed, before.computed + 1);
  EXPECT_EQ(CpuByteTables().hits, before.hits);
  EXPECT_EQ(solve(0.25f), first);
  EXPECT_EQ(CpuByteTables().computed, before.computed + 1);
  EXPECT_EQ(CpuByteTables().hits, before.hits + 1);
  problem.arguments = {{"alpha", 2.0}};
  EXPECT_NE(solve(0.25f), first);
  problem.arguments = {};
  for (int i = 1; i < 4000; ++i) solve(static_cast<float>(i) * 0x1p-10f);
  EXPECT_LE(CpuByteTables().bytes, 4 << 20);
  EXPECT_GT(CpuByteTables().bytes, 1 << 20);
  const int64_t computed = CpuByteTables().computed;
  EXPECT_EQ(solve(0.25f), first);  // which was dropped meanwhile
  EXPECT_LE(CpuByteTables().computed, computed + 1);
}

}  // namespace
}  // namespace actserve::testing
