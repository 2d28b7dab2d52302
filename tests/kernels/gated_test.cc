// Gated functions: close to the exact value, the same bits on every SIMD target and however the operands lie.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "absl/strings/str_format.h"
#include "tests/kernels/bytes.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/cut.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

using oracle::Real;

constexpr GatedLayout kLayouts[] = {GatedLayout::kHalves, GatedLayout::kHalvesGateFirst, GatedLayout::kInterleaved,
                                    GatedLayout::kInterleavedGateFirst};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class GatedTest : public ::testing::TestWithParam<Case> {
 protected:
  const FunctionInfo& info() const { return GetParam().function->info; }
  const oracle::Reference& reference() const { return ReferenceOf(*GetParam().function); }
  const oracle::Gated& f() const { return *reference().gated; }

  // With a gate of its own.
  Problem MakeProblem(Direction direction, const Tensor& linear, const Tensor& gate, size_t setting = 0) const {
    return {.function = GetParam().function,
            .direction = direction,
            .input = linear,
            .output_type = GetParam().output_type,
            .arguments = setting == 0 ? Arguments() : ArgumentsOf(info(), reference().settings[setting]),
            .gate = gate};
  }
};

class GatedAccuracyTest : public GatedTest {
 protected:
  // Linear operands of all sizes, more of them moderate; and upstreams, where their product is within bounds, too.
  Tensor Linear(DataType type, int64_t n, uint64_t seed, bool with_upstream) const {
    Random random(seed);
    const oracle::Format format = oracle::FormatOf(type);
    const int most = type != DataType::kF64 ? format.max_exponent : f().f64_exponents / (with_upstream ? 2 : 1);
    Tensor linear(type, MakeShape({n}));
    for (int64_t i = 0; i < n; ++i) {
      const bool is_moderate = random.Below(4) != 0;
      const auto exponent = static_cast<int>(
          is_moderate ? random.Below(12) - 6 : random.Below(most - format.min_exponent) + format.min_exponent);
      linear.Set(i, (random.Below(2) == 0 ? -1 : 1) * std::ldexp(random.Uniform(1, 2), exponent));
    }
    return linear;
  }

  using Exact = std::function<Real(double u, double g)>;
  void Check(const Problem& problem, const Tensor& output, const oracle::Bound& bound, double of_upstream,
             const char* what, const Exact& exact, const Exact& terms = nullptr) const {
    const DataType type = problem.input.type(), compute = ComputeType(type, type);
    // Products of 16-bit numbers are exact in f64.
    Judge judge = SizeOf(type) == 2 ? Judge(type, type, bound.narrow)
                                    : Judge(type, compute, BoundOf(bound, compute) + of_upstream);
    for (int64_t i = 0; i < output.elements(); ++i) {
      const double u = problem.input[i], g = (*problem.gate)[i];
      const Real upstream = problem.upstream ? Real((*problem.upstream)[i]) : Real(1);
      judge.Check(g, output[i], upstream * exact(u, g), terms ? oracle::Abs(upstream) * terms(u, g) : Real(0));
    }
    judge.Report(what);
  }
};

TEST_P(GatedAccuracyTest, IsWithinBoundsAndTheSameOnEveryTarget) {
  const DataType type = GetParam().type;
  for (size_t s = 0; s < reference().settings.size(); ++s) {
    SCOPED_TRACE(absl::StrFormat("setting %d", s));
    const oracle::Setting setting = Rounded(reference().settings[s], ComputeType(type, type));
    const int thinning = s == 0 ? 3 : 17;
    std::vector<uint64_t> codes =
        SizeOf(type) == 2 ? AllCodes(thinning) : SampleCodes(type, reference().points, thinning);
    std::erase_if(codes, [&](uint64_t code) { return !std::isfinite(oracle::Decode(code, type)); });
    const Tensor gate = Tensor::OfBits(type, codes);
    for (const bool with_upstream : {false, true}) {
      const Tensor linear = Linear(type, gate.elements(), 1, with_upstream);
      Problem problem = MakeProblem(GetParam().direction, linear, gate, s);
      const bool is_gradient = problem.direction == Direction::kGradient;
      if (with_upstream && !is_gradient) continue;
      if (with_upstream) problem.upstream = Linear(type, gate.elements(), 2, true);
      std::optional<Answer> first;
      ForEachTarget([&](const std::string&) {
        const Answer answer = Solve(problem);
        if (first) {
          EXPECT_TRUE(answer == *first) << "other bits than on " << CpuTargets().front();
          return;
        }
        first = answer;
        const auto exact = [&](auto function) {
          return [function, &setting](double u, double g) { return function(u, g, setting); };
        };
        if (!is_gradient) return Check(problem, answer.output, reference().value, 0, "y", exact(f().value));
        Check(problem, answer.output, reference().value, 0, "by the linear operand", exact(f().by_linear));
        Check(problem, *answer.gate_gradient, reference().gradient, with_upstream ? 1 : 0, "by the gate",
              exact(f().by_gate), f().by_gate_terms == nullptr ? Exact() : exact(f().by_gate_terms));
      });
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, GatedAccuracyTest, ::testing::ValuesIn(CasesByDirectionAndType(IsGated)), NameOf);

// What the same operands come to when they are packed.
class GatedLayoutTest : public GatedTest {
 protected:
  // One along the axis is 2n where the operands' is n.
  static Tensor Pack(const Tensor& linear, const Tensor& gate, int axis, GatedLayout layout) {
    std::vector<int64_t> dims(linear.shape().dims().begin(), linear.shape().dims().end());
    const int64_t n = dims[static_cast<size_t>(axis)], inner = linear.shape().inner(axis);
    dims[static_cast<size_t>(axis)] *= 2;
    Tensor packed(linear.type(), MakeShape(dims));
    const bool gate_first = layout == GatedLayout::kHalvesGateFirst || layout == GatedLayout::kInterleavedGateFirst;
    const bool halves = layout == GatedLayout::kHalves || layout == GatedLayout::kHalvesGateFirst;
    for (int64_t i = 0; i < linear.elements(); ++i) {
      const int64_t outer = i / inner / n, k = i / inner % n, within = i % inner;
      for (const bool is_gate : {false, true}) {
        const int64_t second = is_gate != gate_first ? 1 : 0;
        const int64_t at = halves ? second * n + k : 2 * k + second;
        packed.SetBits((outer * 2 * n + at) * inner + within, (is_gate ? gate : linear).bits(i));
      }
    }
    return packed;
  }

  // Every operand in chunks.
  static Answer SolveCut(const Problem& problem, int64_t longest, Random& random) {
    absl::StatusOr<CallRequest> request = MakeRequest(problem);
    EXPECT_TRUE(request.ok()) << request.status();
    std::vector<std::unique_ptr<Cut>> cuts;
    const auto cut = [&](const Tensor& tensor) {
      return cuts.emplace_back(std::make_unique<Cut>(tensor.view(), random.Below(10), longest, random))->view();
    };
    request->input = cut(problem.input);
    if (problem.gate) request->gate = cut(*problem.gate);
    if (problem.upstream) request->upstream = cut(*problem.upstream);
    return Solve(*request);
  }

  void CheckShape(const Shape& shape, bool cut) const {
    const auto& [name, function, direction, in, out] = GetParam();
    SCOPED_TRACE("operands of shape " + shape.ToString());
    Random random(3);
    const Tensor linear = Tensor::Of(in, shape, MixedValues(shape.elements(), 1));
    const Tensor gate = Tensor::Of(in, shape, MixedValues(shape.elements(), 2));
    Problem apart = MakeProblem(direction, linear, gate);
    apart.arguments = ArgumentsOf(info(), reference().settings[0]);
    if (direction == Direction::kGradient) apart.upstream = Tensor::Of(in, shape, MixedValues(shape.elements(), 3));
    const Answer expected = Solve(apart);
    if (cut) {
      EXPECT_TRUE(SolveCut(apart, 64, random) == expected);
    }
    for (int axis = 0; axis < shape.rank(); ++axis) {
      for (const GatedLayout layout : kLayouts) {
        if (info().pieces >= 0 && Name(layout).ends_with("GATE_FIRST")) continue;
        SCOPED_TRACE(absl::StrFormat("axis %d, %s", axis, actserve::Name(layout)));
        Problem packed = apart;
        packed.gate.reset();
        packed.input = Pack(linear, gate, axis, layout);
        packed.axis = axis;
        packed.layout = layout;
        Answer whole{expected.output, expected.param_gradients};
        if (expected.gate_gradient) whole.output = Pack(expected.output, *expected.gate_gradient, axis, layout);
        EXPECT_TRUE(Solve(packed, Order::kReversed) == whole);
        if (cut) {
          for (const int64_t longest : {5, 300, 10000}) EXPECT_TRUE(SolveCut(packed, longest, random) == whole);
        }
      }
    }
  }
};

TEST_P(GatedLayoutTest, TheBitsDoNotDependOnTheLayout) {
  for (const auto& dims :
       std::vector<std::vector<int64_t>>{{1}, {33}, {3, 5, 7}, {2, 67, 3}, {0}, {2, 0, 3}, {5, 200}}) {
    CheckShape(MakeShape(dims), true);
  }
  CheckShape(MakeShape({3, 9001}), false);
  CheckShape(MakeShape({9001, 3}), false);
}

INSTANTIATE_TEST_SUITE_P(Kernels, GatedLayoutTest, ::testing::ValuesIn(CasesByDirectionAndTypes(IsGated)), NameOf);

class GatedTypesTest : public GatedTest {};

// A call computes in f64 if either type is f64, else in f32, and rounds once; from a 16-bit type to the same as if in
// f64.
TEST_P(GatedTypesTest, RoundOnceFromTheTypeOfComputation) {
  const auto& [name, function, direction, unused, unused_too] = GetParam();
  constexpr int64_t kCount = 3000;
  for (const DataType in : kWideTypes) {
    for (const DataType out : kWideTypes) {
      SCOPED_TRACE(absl::StrFormat("from %s to %s", actserve::Name(in), actserve::Name(out)));
      Problem problem =
          MakeProblem(direction, Tensor::Of(in, MixedValues(kCount, 1)), Tensor::Of(in, MixedValues(kCount, 2)));
      if (direction == Direction::kGradient) problem.upstream = Tensor::Of(in, MixedValues(kCount, 3));
      problem.output_type = out;
      const bool nearest = SizeOf(in) == 2 && in == out;
      const DataType compute = nearest ? DataType::kF64 : ComputeType(in, out);
      Problem widened = problem;
      widened.input = Tensor::Of(compute, problem.input.values());
      widened.gate = Tensor::Of(compute, problem.gate->values());
      if (problem.upstream) widened.upstream = Tensor::Of(compute, problem.upstream->values());
      widened.output_type = compute;
      if (nearest) widened.arguments = ArgumentsOf(info(), Rounded(reference().settings[0], DataType::kF32));
      const Answer narrow = Solve(problem), wide = Solve(widened);
      const auto check = [&](const Tensor& output, const Tensor& exact) {
        for (int64_t i = 0; i < kCount; ++i) {
          ASSERT_EQ(output.bits(i), oracle::Encode(oracle::Round(exact[i], out), out))
              << "u = " << problem.input[i] << ", g = " << (*problem.gate)[i] << ": " << output[i] << ", rounded from "
              << exact[i];
        }
      };
      check(narrow.output, wide.output);
      if (narrow.gate_gradient) check(*narrow.gate_gradient, *wide.gate_gradient);
    }
  }
}

// Where an element has 8 bits, the result is that of f64, rounded once.
TEST_P(GatedTypesTest, BytesRoundTheResultOfF64) {
  const auto& [name, function, direction, unused, unused_too] = GetParam();
  constexpr int64_t kCount = 3000;
  const float in_scale[] = {0.047f}, gate_scale[] = {0.021f}, out_scale[] = {0.0131f};
  const int32_t zero_point[] = {3}, out_zero_point[] = {11};
  for (const DataType in : kDataTypes) {
    Random random(5);
    const auto operand = [&](uint64_t seed) {
      if (!IsByte(in)) return Tensor::Of(in, MixedValues(kCount, seed));
      Tensor codes(in, MakeShape({kCount}));
      for (int64_t i = 0; i < kCount; ++i) codes.SetBits(i, random.Bits() & 0xff);
      return codes;
    };
    Problem problem = MakeProblem(direction, operand(1), operand(2));
    if (IsQuantized(in)) problem.input_quantization = {in_scale, zero_point, {}};
    if (IsQuantized(in)) problem.gate_quantization = {gate_scale, {}, {}};
    if (direction == Direction::kGradient) {
      problem.upstream = Tensor::Of(IsByte(in) ? DataType::kF16 : in, MixedValues(kCount, 3));
    }
    const Answer wide = Solve(Widened(problem));
    for (const DataType out : kDataTypes) {
      if (!IsByte(in) && !IsByte(out)) continue;
      SCOPED_TRACE(absl::StrFormat("from %s to %s", actserve::Name(in), actserve::Name(out)));
      problem.output_type = out;
      problem.output_quantization = IsQuantized(out) ? Quantization{out_scale, out_zero_point, {}} : Quantization();
      const auto check = [&](const Tensor& output, const Tensor& exact) {
        for (int64_t i = 0; i < kCount; ++i) {
          ASSERT_EQ(output.bits(i), Rounded(exact[i], problem, i))
              << "u = " << problem.input[i] << ", g = " << (*problem.gate)[i] << ": " << exact[i];
        }
      };
      ForEachTarget([&](const std::string&) {
        const Answer answer = Solve(problem, Order::kReversed);
        check(answer.output, wide.output);
        if (wide.gate_gradient) check(*answer.gate_gradient, *wide.gate_gradient);
      });
    }
  }
}

// Scales by channel, along any axis of packed operands, of which the output's axis has half as many.
TEST_P(GatedTypesTest, ScalesAreThoseOfTheElementsChannel) {
  const auto& [name, function, direction, unused, unused_too] = GetParam();
  const Shape shape = MakeShape({2, 10, 6});
  Tensor input(DataType::kU8, shape);
  Random random(7);
  for (int64_t i = 0; i < input.elements(); ++i) input.SetBits(i, random.Bits() & 0xff);
  std::vector<float> scales(10);
  std::vector<int32_t> zero_points(10);
  for (size_t c = 0; c < scales.size(); ++c) {
    scales[c] = static_cast<float>(random.Uniform(0.01, 0.06));
    zero_points[c] = static_cast<int32_t>(random.Below(100));
  }
  const auto by_channel = [&](const Shape& of, int axis) {
    const auto channels = static_cast<size_t>(of.dim(axis));
    return Quantization{std::span(scales).first(channels), std::span(zero_points).first(channels), axis};
  };
  for (int axis = 1; axis < 3; ++axis) {
    for (const GatedLayout layout : {GatedLayout::kHalves, GatedLayout::kInterleaved}) {
      for (int scale_axis = 0; scale_axis < 3; ++scale_axis) {
        SCOPED_TRACE(absl::StrFormat("axes %d and %d, %s", axis, scale_axis, actserve::Name(layout)));
        Problem problem{.function = function,
                        .direction = direction,
                        .input = input,
                        .output_type = DataType::kU8,
                        .axis = axis,
                        .input_quantization = by_channel(shape, scale_axis),
                        .layout = layout};
        const Tensor wide = Solve(Widened(problem)).output;
        problem.output_quantization = by_channel(wide.shape(), scale_axis);
        const Tensor output = Solve(problem, Order::kFourThreads).output;
        ASSERT_EQ(output.shape(), wide.shape());
        for (int64_t i = 0; i < output.elements(); ++i) {
          ASSERT_EQ(output.bits(i), Rounded(wide[i], problem, wide.shape(), i)) << i;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, GatedTypesTest, ::testing::ValuesIn(CasesByDirection(IsGated)), NameOf);

class GatedValuesTest : public GatedTest {};

TEST_P(GatedValuesTest, NanPropagatesAndIsCanonical) {
  const DataType type = GetParam().type;
  const auto nan = oracle::Encode(kNaN, type);
  const Tensor linear = Tensor::Of(type, std::vector{kNaN, 1.5, -2.0, 3.0, HUGE_VAL, -HUGE_VAL});
  const Tensor gate = Tensor::Of(type, std::vector{1.25, kNaN, -1.0, 0.5, 0.0, 0.0});
  ForEachTarget([&](const std::string&) {
    const Answer value = Solve(MakeProblem(Direction::kEvaluate, linear, gate));
    const Answer gradient = Solve(MakeProblem(Direction::kGradient, linear, gate));
    for (const int64_t i : {0, 1}) {
      EXPECT_EQ(value.output.bits(i), nan) << i;
      EXPECT_EQ(gradient.gate_gradient->bits(i), nan) << i;
    }
    EXPECT_EQ(gradient.output.bits(1), nan);
    for (const int64_t i : {2, 3}) {
      EXPECT_FALSE(std::isnan(value.output[i]) || std::isnan(gradient.output[i])) << i;
      EXPECT_FALSE(std::isnan((*gradient.gate_gradient)[i])) << i;
    }
    for (const Tensor* tensor : {&value.output, &gradient.output, &*gradient.gate_gradient}) {
      for (int64_t i = 0; i < tensor->elements(); ++i) {
        if (std::isnan((*tensor)[i])) {
          EXPECT_EQ(tensor->bits(i), nan) << i;
        }
      }
    }
  });
}

// At a linear operand of 1, an infinite gate gives what the metadata says; so does a gate of 0.
TEST_P(GatedValuesTest, TheMetadataStatesTheLimits) {
  const DataType type = GetParam().type, compute = ComputeType(type, type);
  const Limits& limits = info().limits;
  const oracle::Setting& setting = reference().settings[0];
  const Real infinity = Real::PowerOfTwo(10000);
  EXPECT_EQ(limits.value_at_minus_infinity, f().value(1, -infinity, setting).ToDouble());
  EXPECT_EQ(limits.value_at_plus_infinity, f().value(1, infinity, setting).ToDouble());
  EXPECT_EQ(limits.derivative_at_minus_infinity, f().by_gate(1, -infinity, setting).ToDouble());
  EXPECT_EQ(limits.derivative_at_plus_infinity, f().by_gate(1, infinity, setting).ToDouble());
  EXPECT_EQ(limits.derivative_at_zero, f().by_gate(1, 0, setting).ToDouble());
  const Tensor linear = Tensor::Of(type, std::vector<double>{1, 1, 1});
  const Tensor gate = Tensor::Of(type, std::vector{-HUGE_VAL, HUGE_VAL, 0.0});
  const oracle::Setting rounded = Rounded(setting, compute);
  ForEachTarget([&](const std::string&) {
    const Tensor y = Solve(MakeProblem(Direction::kEvaluate, linear, gate)).output;
    const Tensor d = *Solve(MakeProblem(Direction::kGradient, linear, gate)).gate_gradient;
    Judge judge(type, compute, BoundOf(reference(), Direction::kEvaluate, compute));
    judge.Check(-HUGE_VAL, y[0], f().value(1, -infinity, rounded));
    judge.Check(HUGE_VAL, y[1], f().value(1, infinity, rounded));
    judge.Check(-HUGE_VAL, d[0], f().by_gate(1, -infinity, rounded));
    judge.Check(HUGE_VAL, d[1], f().by_gate(1, infinity, rounded));
    judge.Check(0, d[2], f().by_gate(1, 0, rounded));
    judge.Report("at the limits");
  });
}

// Sums of terms: each is good to the bound, and they are added in more digits.
TEST_P(GatedValuesTest, ParameterGradientsAreWithinBounds) {
  if (f().param_derivative == nullptr) return;
  const DataType type = GetParam().type, compute = ComputeType(type, type);
  for (const oracle::Setting& setting : reference().settings) {
    for (const int64_t n : {1, 2, 100, 10007}) {
      Problem problem =
          MakeProblem(Direction::kGradient, Tensor::Of(type, MixedValues(n, 4)), Tensor::Of(type, MixedValues(n, 5)));
      problem.arguments = ArgumentsOf(info(), setting);
      problem.upstream = Tensor::Of(type, MixedValues(n, 6));
      const Answer answer = Solve(problem);
      ASSERT_EQ(answer.param_gradients.size(), 1u);
      Real sum = 0, terms = 0;
      const oracle::Setting rounded = Rounded(setting, compute);
      for (int64_t i = 0; i < n; ++i) {
        const Real term =
            (*problem.upstream)[i] * f().param_derivative(problem.input[i], (*problem.gate)[i], rounded, 0);
        sum += term;
        terms += oracle::Abs(term);
      }
      Judge judge(DataType::kF64, compute, BoundOf(reference().param_gradient, compute));
      judge.Check(static_cast<double>(n), answer.param_gradients[0][0], sum, terms);
      judge.Report("parameter gradient");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, GatedValuesTest, ::testing::ValuesIn(CasesByType(IsGated)), NameOf);

// Of any number of pieces: the largest, and the upstream to the first that is.
TEST(MaxoutTest, TakesTheFirstOfTheLargest) {
  for (const DataType type : kWideTypes) {
    for (const int pieces : {2, 3, 7, 64}) {
      for (const int64_t n : {1, 5, 130}) {
        for (const GatedLayout layout : {GatedLayout::kHalves, GatedLayout::kInterleaved}) {
          SCOPED_TRACE(absl::StrFormat("%s, %d pieces of %d, %s", actserve::Name(type), pieces, n, Name(layout)));
          std::vector<double> values = MixedValues(3 * pieces * n, 1);
          for (double& value : values) value = std::nearbyint(value);  // so that some are equal
          Problem problem{.function = FindFunction("maxout"),
                          .direction = Direction::kEvaluate,
                          .input = Tensor::Of(type, MakeShape({3, pieces * n}), values),
                          .arguments = {{"pieces", static_cast<double>(pieces)}},
                          .layout = layout};
          const auto at = [&](int64_t row, int64_t i, int64_t piece) {
            return row * pieces * n + (layout == GatedLayout::kHalves ? piece * n + i : i * pieces + piece);
          };
          const Tensor y = Solve(problem).output;
          ASSERT_EQ(y.shape(), MakeShape({3, n}));
          problem.direction = Direction::kGradient;
          problem.upstream = Tensor::Of(type, y.shape(), MixedValues(3 * n, 2));
          const Tensor dx = Solve(problem).output;
          for (int64_t k = 0; k < 3 * n; ++k) {
            int64_t first = 0;
            for (int64_t piece = 1; piece < pieces; ++piece) {
              if (problem.input[at(k / n, k % n, piece)] > problem.input[at(k / n, k % n, first)]) first = piece;
            }
            ASSERT_EQ(y[k], problem.input[at(k / n, k % n, first)]);
            for (int64_t piece = 0; piece < pieces; ++piece) {
              ASSERT_EQ(dx[at(k / n, k % n, piece)], piece == first ? (*problem.upstream)[k] : 0);
            }
          }
        }
      }
    }
  }
}

TEST(MaxoutTest, NanOfAnyPieceIsTheResult) {
  const Problem problem{.function = FindFunction("maxout"),
                        .direction = Direction::kEvaluate,
                        .input = Tensor::Of(DataType::kF32, std::vector{1.0, kNaN, kNaN, 3.0, 2.0, 5.0}),
                        .arguments = {{"pieces", 3.0}}};
  Problem gradient = problem;
  gradient.direction = Direction::kGradient;
  ForEachTarget([&](const std::string&) {
    const Tensor y = Solve(problem).output, dx = Solve(gradient).output;
    for (const int64_t i : {0, 1}) EXPECT_EQ(y.bits(i), oracle::Encode(kNaN, DataType::kF32));
    for (int64_t i = 0; i < 6; ++i) EXPECT_TRUE(std::isnan(dx[i])) << i;
  });
}

// Outputs that are larger than caches are written by other instructions.
TEST(GatedStreamTest, IsTheSameInAHugeTensor) {
  constexpr int64_t kColumns = 10007, kRows = (int64_t{32} << 20) / 4 / kColumns + 1;
  for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
    for (const GatedLayout layout : {GatedLayout::kHalvesGateFirst, GatedLayout::kInterleavedGateFirst}) {
      const Problem row{.function = FindFunction("swiglu"),
                        .direction = direction,
                        .input = Tensor::Of(DataType::kF32, MakeShape({1, 2 * kColumns}), MixedValues(2 * kColumns)),
                        .layout = layout};
      Problem rows = row;
      rows.input = Tensor(DataType::kF32, MakeShape({kRows, 2 * kColumns}));
      for (int64_t i = 0; i < kRows; ++i) {
        std::copy_n(row.input.view().data, row.input.view().bytes(),
                    rows.input.mutable_view().data + i * static_cast<int64_t>(row.input.view().bytes()));
      }
      const Tensor one = Solve(row).output, all = Solve(rows, Order::kFourThreads).output;
      const auto bytes = static_cast<int64_t>(one.view().bytes());
      for (int64_t i = 0; i < kRows; ++i) {
        ASSERT_EQ(std::memcmp(all.view().data + i * bytes, one.view().data, one.view().bytes()), 0) << "row " << i;
      }
    }
  }
}

}  // namespace
}  // namespace actserve::testing
