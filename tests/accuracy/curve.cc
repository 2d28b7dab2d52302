#include "tests/accuracy/curve.h"

#include <cstdlib>
#include <memory>

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

}  // namespace

const oracle::Reference& Subject::reference() const { return testing::ReferenceOf(*function); }

std::string_view Name(Direction direction) { return direction == Direction::kEvaluate ? "value" : "derivative"; }

Curve CurveOf(const Subject& subject) {
  const oracle::Pointwise& f = *subject.reference().pointwise;
  const bool evaluate = subject.direction == Direction::kEvaluate;
  const DataType compute = testing::ComputeType(subject.type, subject.type);
  const auto bind = [&](auto exact) {
    const oracle::Setting setting = testing::Rounded(subject.reference().settings[subject.setting], compute);
    return [exact, setting](const Real& x) { return exact(x, setting); };
  };
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
    const Call call = Expect(CheckCall(request));
    RunInline(*CpuBackend().Prepare(call, {subject.type, shape, y.data()}, {}));
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
