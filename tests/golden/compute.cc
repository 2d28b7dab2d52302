#include "tests/golden/compute.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "absl/strings/str_format.h"
#include "tests/golden/digest.h"

namespace actserve::golden {
namespace {

template <class T>
T Expect(const Case& c, absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "golden: case '%s' is malformed: %s\n", c.name().c_str(), result.status().ToString().c_str());
    std::abort();
  }
  return *std::move(result);
}

// What integers stand for.
Quantization QuantizationOf(DataType type) {
  static constexpr float kScale[] = {0.046875f};
  static constexpr int32_t kZeroPoint[] = {11};
  return IsQuantized(type) ? Quantization{kScale, kZeroPoint, {}} : Quantization{};
}

Call MakeCall(const Case& c, const Problem& problem) {
  std::vector<NamedParam> named;
  for (size_t i = 0; i < problem.arguments.size(); ++i) {
    const auto& argument = problem.arguments[i];
    const Tensor* tensor = std::get_if<Tensor>(&argument);
    named.push_back({c.function->info.params[i].name,
                     tensor == nullptr ? ParamValue(std::get<double>(argument)) : ParamValue(tensor->view())});
  }
  CallRequest request;
  request.function = c.function;
  request.direction = c.what == What::kEvaluate ? Direction::kEvaluate : Direction::kGradient;
  request.input = problem.input.view();
  request.input.quantization = QuantizationOf(c.input_type);
  request.output_quantization = QuantizationOf(c.output_type);
  if (problem.upstream) request.upstream = problem.upstream->view();
  request.axis = problem.axis;
  request.output_type = c.output_type;
  request.params = Expect(c, Params::Bind(c.function->info, named));
  request.input_gradient_only = c.what != What::kParameters;
  return Expect(c, CheckCall(request));
}

void DumpTensor(std::string_view name, const Tensor& tensor, std::ostream& out) {
  out << absl::StrFormat("%s %s%s:", name, Name(tensor.type()), tensor.shape().ToString());
  for (int64_t i = 0; i < tensor.elements(); ++i) {
    out << absl::StrFormat(" %0*x", static_cast<int>(2 * SizeOf(tensor.type())), tensor.bits(i));
  }
  out << "\n";
}

}  // namespace

std::vector<Tensor> Compute(const Backend& backend, const Case& c, const Problem& problem) {
  const Call call = MakeCall(c, problem);
  Tensor output(c.output_type, problem.input.shape());
  std::vector<Tensor> gradients;
  for (const int param : call.gradient_params) {
    gradients.emplace_back(call.gradient_type(param), call.gradient_shape(param));
  }
  std::vector<MutableTensorView> views;
  views.reserve(gradients.size());
  for (Tensor& gradient : gradients) views.push_back(gradient.mutable_view());
  RunInline(*backend.Prepare(call, output.mutable_view(), views));
  if (c.what == What::kParameters) return gradients;
  return {output};
}

std::string DigestOf(const Backend& backend, const Case& c) {
  Digest digest;
  for (const Problem& problem : ProblemsOf(c)) {
    for (const Tensor& tensor : Compute(backend, c, problem)) {
      digest.AddBytes(static_cast<uint64_t>(tensor.elements()), 8);
      for (int64_t i = 0; i < tensor.elements(); ++i)
        digest.AddBytes(tensor.bits(i), static_cast<int>(SizeOf(tensor.type())));
    }
  }
  return absl::StrFormat("%016x", digest.value());
}

std::map<std::string, std::string> DigestsOf(const Backend& backend, std::span<const Case> cases) {
  std::vector<std::string> digests(cases.size());
  std::atomic<size_t> next = 0;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
      threads.emplace_back([&] {
        for (size_t k; (k = next++) < cases.size();) digests[k] = DigestOf(backend, cases[k]);
      });
    }
  }
  std::map<std::string, std::string> by_name;
  for (size_t i = 0; i < cases.size(); ++i) by_name[cases[i].name()] = digests[i];
  return by_name;
}

void Dump(const Backend& backend, const Case& c, std::ostream& out) {
  int number = 0;
  for (const Problem& problem : ProblemsOf(c)) {
    out << absl::StrFormat("# problem %d: input %s%s", number++, Name(c.input_type), problem.input.shape().ToString());
    if (problem.axis) out << ", axis " << *problem.axis;
    out << (problem.upstream ? ", upstream\n" : "\n");
    for (size_t i = 0; i < problem.arguments.size(); ++i) {
      const std::string_view name = c.function->info.params[i].name;
      const auto& argument = problem.arguments[i];
      if (const Tensor* tensor = std::get_if<Tensor>(&argument)) {
        DumpTensor(name, *tensor, out);
      } else {
        out << absl::StrFormat("%s = %a\n", name, std::get<double>(argument));
      }
    }
    const std::vector<Tensor> results = Compute(backend, c, problem);
    const auto hex = [](const Tensor& t, int64_t i) {
      return absl::StrFormat("%0*x", static_cast<int>(2 * SizeOf(t.type())), t.bits(i));
    };
    for (int64_t i = 0; i < problem.input.elements(); ++i) {
      out << hex(problem.input, i);
      if (problem.upstream) out << " " << hex(*problem.upstream, i);
      if (c.what != What::kParameters) out << " -> " << hex(results.front(), i);
      out << "\n";
    }
    if (c.what == What::kParameters) {
      for (const Tensor& result : results) DumpTensor("gradient", result, out);
    }
  }
}

}  // namespace actserve::golden
