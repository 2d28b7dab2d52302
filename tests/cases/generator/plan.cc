#include "tests/cases/generator/plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::cases {
namespace {

using testing::Arguments;
using testing::MakeShape;
using testing::Problem;
using testing::Tensor;

constexpr Direction kDirections[] = {Direction::kEvaluate, Direction::kGradient};
constexpr DataType kMixedTypes[][2] = {{DataType::kF16, DataType::kF32},
                                       {DataType::kF32, DataType::kBF16},
                                       {DataType::kF64, DataType::kF16},
                                       {DataType::kBF16, DataType::kF64}};

// Scales as models have them, for all elements and for each of three channels.
constexpr float kScale[] = {0.0472441f}, kOutputScale[] = {0.0235294f}, kScales[] = {0.03125f, 0.0472441f, 0.1f};
constexpr int32_t kZeroPoint[] = {-3}, kOutputZeroPoint[] = {11}, kZeroPoints[] = {0, 128, 7};

class Planner {
 public:
  explicit Planner(const Function& function)
      : function_(function), info_(function.info), reference_(testing::ReferenceOf(function)) {}

  std::vector<Planned> Plan() {
    if (info_.kind == FunctionKind::kGated) return PlanGated();
    for (const Direction direction : kDirections) {
      AddTypes(direction);
      AddBytes(direction);
      AddSettings(direction);
      if (info_.kind == FunctionKind::kPerChannel) AddChannels(direction);
      if (info_.kind == FunctionKind::kRowwise) AddAxes(direction);
      AddSpecialValues(direction);
      AddShapes(direction);
    }
    AddNames();
    return std::move(planned_);
  }

 private:
  // Packed inputs in every layout along several axes, and gates of their own.
  std::vector<Planned> PlanGated() {
    for (const Direction direction : kDirections) {
      for (const DataType type : kWideTypes) {
        Add(direction, std::string(Name(type)), Input(type, {3, 8}), ArgumentsOf(0));
        AddApart(direction, absl::StrFormat("%s, a gate", Name(type)), type, {2, 3, 4}, 0);
        for (size_t s = 1; s < reference_.settings.size(); ++s) {
          AddApart(direction, absl::StrFormat("setting %d, %s, a gate", s, Name(type)), type, {2, 9}, s);
        }
        AddSpecialGates(direction, type);
      }
      for (const auto& [from, to] : kMixedTypes) {
        const std::string name = absl::StrFormat("%s to %s", Name(from), Name(to));
        Add(direction, name, Input(from, {3, 6}), ArgumentsOf(0)).problem.output_type = to;
        AddApart(direction, name + ", a gate", from, {3, 5}, 0).problem.output_type = to;
      }
      for (const GatedLayout layout : {GatedLayout::kHalves, GatedLayout::kHalvesGateFirst, GatedLayout::kInterleaved,
                                       GatedLayout::kInterleavedGateFirst}) {
        if (info_.pieces >= 0 && Name(layout).ends_with("GATE_FIRST")) continue;
        for (const std::optional<int> axis : {std::optional<int>(), std::optional(0), std::optional(-2)}) {
          const std::string where = axis ? absl::StrFormat(" along axis %d", *axis) : "";
          Add(direction, absl::StrFormat("%s%s", Name(layout), where), Input(DataType::kF32, {2, 4, 6}), ArgumentsOf(0),
              true, axis, layout);
        }
      }
      AddBytes(direction);
      AddByteGates(direction);
      AddApart(direction, "scalar, a gate", DataType::kF32, {}, 0);
      Add(direction, "empty", Input(DataType::kF32, {3, 0}), ArgumentsOf(0));
    }
    AddNames();
    return std::move(planned_);
  }

  // The linear operand is of numbers of mixed size, some of them negative.
  Planned& AddApart(Direction direction, const std::string& what, DataType type, std::initializer_list<int64_t> dims,
                    size_t setting) {
    Tensor gate = Input(type, dims);
    Tensor linear = Tensor::Of(type, gate.shape(), testing::MixedValues(gate.elements(), 2));
    return AddGate(direction, what, std::move(linear), std::move(gate), ArgumentsOf(setting));
  }
  Planned& AddGate(Direction direction, const std::string& what, Tensor linear, Tensor gate, Arguments arguments) {
    Planned& added = Add(direction, what, std::move(linear), std::move(arguments), false);
    if (direction == Direction::kGradient) added.problem.upstream = Upstream(added.problem.input);
    added.problem.gate = std::move(gate);
    return added;
  }
  void AddSpecialGates(Direction direction, DataType type) {
    const double nan = std::nan("");
    const Tensor linear = Tensor::Of(type, std::vector<double>{1, 1, 2, 1.5, -1, nan, nan});
    const Tensor gate = Tensor::Of(type, std::vector<double>{nan, HUGE_VAL, HUGE_VAL, -HUGE_VAL, 0, 1, nan});
    AddGate(direction, absl::StrFormat("special values, %s", Name(type)), linear, gate, ArgumentsOf(0));
  }

  // Half of them where the function's results are hardest to get right.
  Tensor Input(DataType type, std::initializer_list<int64_t> dims) const {
    const Shape shape = MakeShape(dims);
    std::vector<double> values = testing::MixedValues(shape.elements(), 1);
    for (size_t i = 0; 2 * i < values.size() && i < reference_.points.size(); ++i) values[2 * i] = reference_.points[i];
    return Tensor::Of(type, shape, values);
  }

  // A reference's bound is that of the derivative, or of a row's whole product. Powers of two up to 1 keep it for the
  // former's product, too.
  Tensor Upstream(const Tensor& input) const {
    const int64_t count = input.elements();
    if (info_.kind == FunctionKind::kRowwise)
      return Tensor::Of(input.type(), input.shape(), testing::MixedValues(count, 5));
    std::vector<double> values;
    for (int64_t i = 0; i < count; ++i) values.push_back(std::ldexp(i % 3 == 1 ? -1 : 1, -static_cast<int>(i * 5 % 7)));
    return Tensor::Of(input.type(), input.shape(), values);
  }

  // What the function cannot be called without, or all of the parameters' values in a setting of the reference.
  Arguments ArgumentsOf(size_t setting) const {
    const oracle::Setting& values = reference_.settings[setting];
    return setting == 0 ? testing::RequiredArgumentsOf(info_, values) : testing::ArgumentsOf(info_, values);
  }

  Planned& Add(Direction direction, const std::string& what, Tensor input, Arguments arguments,
               bool with_upstream = true, std::optional<int> axis = {}, std::optional<GatedLayout> layout = {}) {
    const std::string name =
        absl::StrFormat("%s %s", direction == Direction::kEvaluate ? "evaluate" : "gradient", what);
    Problem problem{&function_, direction, std::move(input)};
    problem.arguments = std::move(arguments);
    problem.axis = axis;
    problem.layout = layout;
    if (direction == Direction::kGradient && with_upstream) {
      const bool is_packed = info_.kind == FunctionKind::kGated;
      problem.upstream =
          Upstream(is_packed ? Tensor(problem.input.type(), CheckCall(*testing::MakeRequest(problem))->value_shape())
                             : problem.input);
    }
    return planned_.emplace_back(Planned{name, std::move(problem)});
  }

  void AddTypes(Direction direction) {
    for (const DataType type : kWideTypes)
      Add(direction, std::string(Name(type)), Input(type, {2, 3, 4}), ArgumentsOf(0));
    for (const auto& [from, to] : kMixedTypes) {
      Add(direction, absl::StrFormat("%s to %s", Name(from), Name(to)), Input(from, {3, 5}), ArgumentsOf(0))
          .problem.output_type = to;
    }
  }

  // Codes that are spread over all of them, with special ones of f8 only where no row is spoilt.
  Tensor Codes(DataType type, std::initializer_list<int64_t> dims) const {
    Tensor tensor(type, MakeShape(dims));
    for (int64_t i = 0; i < tensor.elements(); ++i) {
      const auto code = static_cast<uint64_t>(i * 37 + 5) & 0xff;
      tensor.SetBits(i, IsF8(type) ? code & 0xdf : code);
    }
    return tensor;
  }

  Problem& AddCodes(Direction direction, DataType from, DataType to, const std::string& more = "") {
    const size_t setting = direction == Direction::kGradient ? std::min<size_t>(1, reference_.settings.size() - 1) : 0;
    const bool is_packed = info_.kind == FunctionKind::kGated;
    Tensor upstream = Upstream(Tensor(IsByte(from) ? DataType::kF16 : from, MakeShape({2, 3, is_packed ? 2 : 4})));
    Problem& problem = Add(direction, absl::StrFormat("%s to %s%s", Name(from), Name(to), more),
                           IsByte(from) ? Codes(from, {2, 3, 4}) : Input(from, {2, 3, 4}), ArgumentsOf(setting),
                           /*with_upstream=*/false)
                           .problem;
    if (direction == Direction::kGradient) problem.upstream = std::move(upstream);
    problem.output_type = to;
    if (IsQuantized(from))
      problem.input_quantization = {kScale, from == DataType::kI8 ? kZeroPoint : kOutputZeroPoint, {}};
    if (IsQuantized(to)) problem.output_quantization = {kOutputScale, kOutputZeroPoint, {}};
    return problem;
  }

  void AddBytes(Direction direction) {
    AddCodes(direction, DataType::kI8, DataType::kI8);
    AddCodes(direction, DataType::kU8, DataType::kF32);
    AddCodes(direction, DataType::kF8E4M3, DataType::kBF16);
    AddCodes(direction, DataType::kF8E5M2, DataType::kF8E4M3, ", saturating").overflow = Overflow::kSaturating;
    AddCodes(direction, DataType::kF32, DataType::kU8);
    AddCodes(direction, DataType::kF16, DataType::kF8E5M2).overflow = Overflow::kNonSaturating;
    Problem& problem = AddCodes(direction, DataType::kU8, DataType::kI8, ", scales for each channel");
    problem.input_quantization = {kScales, kZeroPoints, 1};
    problem.output_quantization = {kScales, {}, 1};
  }

  // Gates of their own, with scales of their own.
  void AddByteGates(Direction direction) {
    for (const bool by_channel : {false, true}) {
      Tensor linear = Codes(DataType::kU8, {2, 3, 4}), gate = linear;
      for (int64_t i = 0; i < gate.elements(); ++i) gate.SetBits(i, linear.bits(gate.elements() - 1 - i));
      Problem& problem =
          AddGate(direction, absl::StrFormat("u8 to i8, a gate%s", by_channel ? ", scales for each channel" : ""),
                  std::move(linear), std::move(gate), ArgumentsOf(0))
              .problem;
      if (problem.upstream) problem.upstream = Upstream(Tensor(DataType::kBF16, MakeShape({2, 3, 4})));
      problem.output_type = DataType::kI8;
      problem.input_quantization = {kScale, kOutputZeroPoint, {}};
      problem.gate_quantization = {kOutputScale, {}, {}};
      problem.output_quantization = {kOutputScale, kZeroPoint, {}};
      if (!by_channel) continue;
      problem.gate_quantization = {kScales, kZeroPoints, 1};
      problem.output_quantization = {kScales, {}, 1};
    }
  }

  // Every type for one setting; the others take turns.
  void AddSettings(Direction direction) {
    if (info_.params.size() == 0) return;
    constexpr int64_t kRow = 9;
    for (size_t s = 1; s < reference_.settings.size(); ++s) {
      if (!testing::FitsRow(info_, reference_.settings[s], kRow)) continue;
      for (size_t t = 0; t < std::size(kWideTypes); ++t) {
        if (s > 1 && s % std::size(kWideTypes) != t) continue;
        Add(direction, absl::StrFormat("setting %d, %s", s, Name(kWideTypes[t])), Input(kWideTypes[t], {2, kRow}),
            ArgumentsOf(s));
      }
    }
  }

  // A value for each channel, in the input's type or another.
  void AddChannels(Direction direction) {
    for (const std::optional<int> axis : {std::optional<int>(), std::optional(0), std::optional(-1)}) {
      for (const DataType type : kWideTypes) {
        Tensor input = Input(type, {2, 3, 4});
        const int64_t channels = input.shape().dim(axis ? (*axis + 3) % 3 : 1);
        const DataType other = axis ? type : DataType::kF32;
        Arguments arguments;
        for (const ParamInfo& param : info_.params) {
          const bool hinges = param.shape == ParamShape::kSegmentsChannels;
          const Shape own = hinges ? MakeShape({2, channels}) : MakeShape({channels});
          const uint64_t seed = 3 + arguments.size();
          arguments.emplace_back(param.name, Tensor::Of(other, own, testing::MixedValues(own.elements(), seed)));
        }
        const std::string where = axis ? absl::StrFormat("along axis %d", *axis) : "";
        Add(direction, absl::StrFormat("%s, %s for each channel%s%s", Name(type), Name(other), axis ? " " : "", where),
            std::move(input), std::move(arguments))
            .problem.axis = axis;
      }
    }
  }

  void AddAxes(Direction direction) {
    for (const int axis : {0, 1, -3, -1}) {
      for (const DataType type : {DataType::kF64, DataType::kF32}) {
        Add(direction, absl::StrFormat("%s along axis %d", Name(type), axis), Input(type, {3, 4, 2}), ArgumentsOf(0))
            .problem.axis = axis;
      }
    }
  }

  void AddSpecialValues(Direction direction) {
    for (const DataType type : kWideTypes) {
      const std::string name = absl::StrFormat("special values, %s", Name(type));
      if (info_.kind == FunctionKind::kRowwise) {
        const double nan = std::nan(""), inf = HUGE_VAL, huge = type == DataType::kF16 ? 6e4 : 1e30;
        const std::vector<double> rows = {1,    nan,  2,    3,    1,  inf,  2,     3, 1, -inf, 2, 3,
                                          -inf, -inf, -inf, -inf, -1, huge, -huge, 0, 0, -0.0, 0, 0};
        Add(direction, name, Tensor::Of(type, MakeShape({6, 4}), rows), ArgumentsOf(0));
        continue;
      }
      const oracle::Format format = oracle::FormatOf(type);
      const double largest = std::ldexp(2 - std::ldexp(1, 1 - format.precision), format.max_exponent);
      const double smallest = std::ldexp(1, format.min_exponent - format.precision + 1);
      const double normal = std::ldexp(1, format.min_exponent);
      // A sum over infinities and a NaN would say nothing.
      Add(direction, name,
          Tensor::Of(type, std::vector<double>{std::nan(""), HUGE_VAL, -HUGE_VAL, 0.0, -0.0, largest, -largest,
                                               smallest, -smallest, normal, -normal}),
          ArgumentsOf(0), /*with_upstream=*/false)
          .input_gradient_only = direction == Direction::kGradient;
    }
  }

  void AddShapes(Direction direction) {
    constexpr DataType kType = DataType::kF32;
    const size_t setting = std::min<size_t>(1, reference_.settings.size() - 1);  // gradients of parameters, too
    Add(direction, "scalar", Input(kType, {}), ArgumentsOf(setting));
    Add(direction, "empty", Input(kType, {0}), ArgumentsOf(setting));
    Add(direction, "empty, of rank 3", Input(kType, {3, 0, 2}), ArgumentsOf(setting));
    Add(direction, "rank 8", Input(kType, {1, 2, 1, 3, 1, 2, 1, 1}), ArgumentsOf(setting));
    if (direction == Direction::kGradient) {
      Add(direction, "without an upstream", Input(kType, {5}), ArgumentsOf(setting), /*with_upstream=*/false);
    }
  }

  void AddNames() {
    const Tensor input = Input(DataType::kF32, {info_.kind == FunctionKind::kGated ? 6 : 5});
    for (const std::string_view alias : Aliases(info_)) {
      Add(Direction::kEvaluate, absl::StrFormat("by the name %s", alias), input, ArgumentsOf(0)).function = alias;
    }
    if (!testing::IsLearnable(info_) && !testing::IsGated(info_)) return;
    if (reference_.settings.size() == 1) return;
    Add(Direction::kGradient, "of the input only", input, ArgumentsOf(1)).input_gradient_only = true;
  }

  const Function& function_;
  const FunctionInfo& info_;
  const oracle::Reference& reference_;
  std::vector<Planned> planned_;
};

}  // namespace

std::vector<Planned> PlanOf(const Function& function) { return Planner(function).Plan(); }

testing::Answer AnswerTo(const Planned& planned) {
  testing::Answer answer = testing::Solve(planned.problem);
  if (planned.input_gradient_only) answer.param_gradients.clear();
  return answer;
}

}  // namespace actserve::cases
