#include "tests/accuracy/curve.h"

#include <cstdlib>
#include <memory>
#include <utility>

#include "kernels/api/backend.h"
#include "tests/kernels/judge.h"

namespace actserve::accuracy {
namespace {

template <class T>
T Expect(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "a call that is measured is malformed: %s\n", result.status().ToString().c_str());
    std::abort();
  }
  return *std::move(result);
}

void Run(const CallRequest& request, const Outputs& outputs) {
  const Call call = Expect(CheckCall(request));
  RunInline(*CpuBackend().Prepare(call, outputs));
}

Curve CurveOfSection(const Subject& subject, const oracle::Setting& setting) {
  const oracle::Gated& f = *subject.reference().gated;
  const Section& section = subject.section;
  const bool evaluate = subject.direction == Direction::kEvaluate, by_gate = section.by == Operand::kGate;
  const auto bind = [&](auto exact) {
    return [exact, setting, held = Real(section.held), varies_gate = section.varied == Operand::kGate](const Real& x) {
      return varies_gate ? exact(held, x, setting) : exact(x, held, setting);
    };
  };
  Curve curve{.type = subject.type,
              .exact = bind(evaluate  ? f.value
                            : by_gate ? f.by_gate
                                      : f.by_linear),
              .beside = "; " + section.Describe(subject.direction)};
  if (!evaluate && by_gate && f.by_gate_terms != nullptr) curve.terms = bind(f.by_gate_terms);
  return curve;
}

}  // namespace

const oracle::Reference& Subject::reference() const { return testing::ReferenceOf(*function); }

std::string_view Name(Direction direction) { return direction == Direction::kEvaluate ? "value" : "derivative"; }

Curve CurveOf(const Subject& subject) {
  const oracle::Setting setting =
      testing::Rounded(subject.reference().settings[subject.setting], testing::ComputeType(subject.type, subject.type));
  const bool evaluate = subject.direction == Direction::kEvaluate;
  if (subject.reference().gated) return CurveOfSection(subject, setting);
  const oracle::Pointwise& f = *subject.reference().pointwise;
  const auto bind = [&](auto exact) { return [exact, setting](const Real& x) { return exact(x, setting); }; };
  Curve curve{.type = subject.type, .exact = bind(evaluate ? f.value : f.derivative)};
  const auto terms = evaluate ? f.value_terms : f.derivative_terms;
  if (terms != nullptr) curve.terms = bind(terms);
  return curve;
}

Compute KernelsOf(const Subject& subject) {
  const FunctionInfo& info = subject.function->info;
  const oracle::Setting& setting = subject.reference().settings[subject.setting];
  auto arguments = std::make_shared<testing::Arguments>(
      subject.setting == 0 ? testing::RequiredArgumentsOf(info, setting) : testing::ArgumentsOf(info, setting));
  return [subject, arguments](std::span<const std::byte> x, std::span<std::byte> y) {
    std::vector<NamedParam> named;
    for (const auto& [name, value] : *arguments) {
      const auto* tensor = std::get_if<testing::Tensor>(&value);
      named.push_back({name, tensor == nullptr ? ParamValue(std::get<double>(value)) : ParamValue(tensor->view())});
    }
    const Shape shape = testing::MakeShape({static_cast<int64_t>(x.size() / SizeOf(subject.type))});
    CallRequest request;
    request.function = subject.function;
    request.direction = subject.direction;
    request.input = TensorView{subject.type, shape, x.data()};
    request.output_type = subject.type;
    request.params = Expect(Params::Bind(subject.function->info, named));
    request.input_gradient_only = true;
    const MutableTensorView output{subject.type, shape, y.data()};
    if (!subject.reference().gated) return Run(request, {.output = output});
    const testing::Tensor held =
        testing::Tensor::Of(subject.type, std::vector(static_cast<size_t>(shape.elements()), subject.section.held));
    request.gate = subject.section.varied == Operand::kGate ? std::exchange(request.input, held.view()) : held.view();
    if (subject.direction == Direction::kEvaluate) return Run(request, {.output = output});
    testing::Tensor other(subject.type, shape);
    subject.section.by == Operand::kLinear ? Run(request, {.output = output, .gate_gradient = other.mutable_view()})
                                           : Run(request, {.output = other.mutable_view(), .gate_gradient = output});
  };
}

double GoalOf(const Subject& subject) {
  const oracle::Bound& bound =
      subject.direction == Direction::kEvaluate ? subject.reference().value : subject.reference().gradient;
  switch (subject.type) {
    case DataType::kF64: return bound.f64;
    case DataType::kF32: return bound.f32;
    default: return bound.narrow;
  }
}

}  // namespace actserve::accuracy
