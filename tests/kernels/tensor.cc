#include "tests/kernels/tensor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

template <class T>
T Expect(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "a test's problem is malformed: %s\n", result.status().ToString().c_str());
    std::abort();
  }
  return *std::move(result);
}

void Execute(Execution& execution, Order order) {
  const int64_t pieces = execution.pieces();
  switch (order) {
    case Order::kInline: return RunInline(execution);
    case Order::kReversed:
      for (int64_t i = pieces; i-- > 0;) execution.Run(i);
      break;
    case Order::kFourThreads: {
      std::atomic<int64_t> next = 0;
      std::vector<std::thread> threads;
      for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
          for (int64_t i; (i = next++) < pieces;) execution.Run(i);
        });
      }
      for (std::thread& thread : threads) thread.join();
      break;
    }
  }
  execution.Finish();
}

}  // namespace

Shape MakeShape(std::span<const int64_t> dims) { return Expect(Shape::Make(dims)); }

Tensor::Tensor(DataType type, const Shape& shape)
    : type_(type), shape_(shape), bytes_(static_cast<size_t>(shape.elements()) * SizeOf(type)) {}

Tensor Tensor::Of(DataType type, std::span<const double> values) {
  return Of(type, MakeShape({static_cast<int64_t>(values.size())}), values);
}

Tensor Tensor::Of(DataType type, const Shape& shape, std::span<const double> values) {
  Tensor tensor(type, shape);
  for (int64_t i = 0; i < tensor.elements(); ++i) tensor.Set(i, values[static_cast<size_t>(i)]);
  return tensor;
}

Tensor Tensor::OfBits(DataType type, std::span<const uint64_t> bits) {
  Tensor tensor(type, MakeShape({static_cast<int64_t>(bits.size())}));
  for (int64_t i = 0; i < tensor.elements(); ++i) tensor.SetBits(i, bits[static_cast<size_t>(i)]);
  return tensor;
}

Tensor Tensor::OfAllBytes(DataType type) {
  std::vector<uint64_t> codes(256);
  for (size_t code = 0; code < codes.size(); ++code) codes[code] = code;
  return OfBits(type, codes);
}

uint64_t Tensor::bits(int64_t i) const {
  uint64_t bits = 0;  // the machine is little-endian, as the wire is
  std::memcpy(&bits, bytes_.data() + static_cast<size_t>(i) * SizeOf(type_), SizeOf(type_));
  return bits;
}

double Tensor::operator[](int64_t i) const { return oracle::Decode(bits(i), type_); }

void Tensor::SetBits(int64_t i, uint64_t bits) {
  std::memcpy(bytes_.data() + static_cast<size_t>(i) * SizeOf(type_), &bits, SizeOf(type_));
}

void Tensor::Set(int64_t i, double value) { SetBits(i, oracle::Encode(oracle::Round(value, type_), type_)); }

std::vector<double> Tensor::values() const {
  std::vector<double> values;
  values.reserve(static_cast<size_t>(elements()));
  for (int64_t i = 0; i < elements(); ++i) values.push_back((*this)[i]);
  return values;
}

Tensor Repeated(const Tensor& tensor, int64_t times) {
  std::vector<int64_t> dims(tensor.shape().dims().begin(), tensor.shape().dims().end());
  dims.insert(dims.begin(), times);
  Tensor repeated(tensor.type(), MakeShape(dims));
  std::byte* to = repeated.mutable_view().data;
  for (int64_t i = 0; i < times; ++i) to = std::copy_n(tensor.view().data, tensor.view().bytes(), to);
  return repeated;
}

absl::StatusOr<CallRequest> MakeRequest(const Problem& problem) {
  std::vector<NamedParam> named;
  for (const auto& [name, value] : problem.arguments) {
    const Tensor* tensor = std::get_if<Tensor>(&value);
    named.push_back({name, tensor == nullptr ? ParamValue(std::get<double>(value)) : ParamValue(tensor->view())});
  }
  absl::StatusOr<Params> params = Params::Bind(problem.function->info, named);
  if (!params.ok()) return params.status();
  CallRequest request;
  request.function = problem.function;
  request.direction = problem.direction;
  request.input = problem.input.view();
  request.input.quantization = problem.input_quantization;
  request.output_quantization = problem.output_quantization;
  request.overflow = problem.overflow;
  if (problem.upstream) request.upstream = problem.upstream->view();
  if (problem.gate) request.gate.emplace(problem.gate->view()).quantization = problem.gate_quantization;
  request.layout = problem.layout;
  request.axis = problem.axis;
  request.output_type = problem.output_type;
  request.params = *std::move(params);
  return request;
}

Answer Solve(const Problem& problem, Order order) { return Solve(Expect(MakeRequest(problem)), order); }

Answer Solve(const CallRequest& request, Order order) {
  const Call call = Expect(CheckCall(request));
  Answer answer{Tensor(call.output_type, call.output_shape()), {}};
  Outputs outputs{.output = answer.output.mutable_view(), .param_gradients = {}};
  if (call.has_gate_gradient()) {
    outputs.gate_gradient = answer.gate_gradient.emplace(call.output_type, call.gate->shape).mutable_view();
  }
  for (const int param : call.gradient_params) {
    answer.param_gradients.emplace_back(call.gradient_type(param), call.gradient_shape(param));
  }
  std::vector<MutableTensorView> views;
  for (Tensor& tensor : answer.param_gradients) views.push_back(tensor.mutable_view());
  outputs.param_gradients = views;
  Execute(*CpuBackend().Prepare(call, outputs), order);
  return answer;
}

void ForEachTarget(const std::function<void(const std::string& target)>& body) {
  const std::vector<std::string> targets = CpuTargets();
  for (const std::string& target : targets) {
    SCOPED_TRACE("target " + target);
    ASSERT_TRUE(ForceCpuTarget(target).ok());
    body(target);
  }
  ASSERT_TRUE(ForceCpuTarget(targets.front()).ok());
}

}  // namespace actserve::testing
