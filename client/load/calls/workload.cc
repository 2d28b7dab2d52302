#include "client/load/calls/workload.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cpp/wire.h"
#include "client/load/calls/operands.h"
#include "kernels/api/status.h"

namespace actserve::load {
namespace {

using client::EvaluateItem;
using client::GradientItem;
using client::GradientResult;
using client::Tensor;
using scenario::CallKind;

constexpr size_t kVariants = 4;
constexpr int64_t kVariantBytes = 16 << 20;  // of all variants of a kind, if that leaves one

EvaluateItem To(const GradientItem& item, const EvaluateItem*) {
  return {.function = item.function,
          .input = item.input,
          .parameters = item.parameters,
          .axis = item.axis,
          .output_type = item.output_type};
}
const GradientItem& To(const GradientItem& item, const GradientItem*) { return item; }

const Tensor& OutputOf(const client::EvaluateResult& result) { return result.output; }
const Tensor& OutputOf(const GradientResult& result) { return result.input_gradient; }
std::vector<client::Parameter> ParametersOf(const client::EvaluateResult&) { return {}; }
std::vector<client::Parameter> ParametersOf(const GradientResult& result) { return result.parameter_gradients; }

// What is wrong with a tensor; empty if nothing.
std::string Difference(const Tensor& found, const Tensor& expected) {
  if (found == expected) return "";
  if (found.type() != expected.type() || found.shape() != expected.shape()) {
    return absl::StrFormat("is %s of shape %s; expected %s of shape %s", Name(found.type()), found.shape().ToString(),
                           Name(expected.type()), expected.shape().ToString());
  }
  const size_t size = SizeOf(found.type());
  int64_t i = 0;
  while (std::memcmp(found.bytes().data() + i * size, expected.bytes().data() + i * size, size) == 0) ++i;
  return absl::StrFormat("element %d is %.17g; expected %.17g", i, found.at(i), expected.at(i));
}

// A number's bits count, too: -0 is not 0.
Tensor AsTensor(const client::Parameter& parameter) {
  const auto* tensor = std::get_if<Tensor>(&parameter.value);
  return tensor != nullptr ? *tensor : Tensor::Vector(std::vector<double>{std::get<double>(parameter.value)});
}

template <class Result>
std::string Difference(const Result& found, const GradientResult& expected) {
  if (std::string what = Difference(OutputOf(found), expected.input_gradient); !what.empty()) return what;
  const std::vector<client::Parameter> gradients = ParametersOf(found);
  if (gradients.size() != expected.parameter_gradients.size())
    return absl::StrFormat("%d gradients of parameters; expected %d", gradients.size(),
                           expected.parameter_gradients.size());
  for (size_t i = 0; i < gradients.size(); ++i) {
    const client::Parameter& wanted = expected.parameter_gradients[i];
    const std::string what = gradients[i].name != wanted.name ? absl::StrFormat("is of %s", gradients[i].name)
                                                              : Difference(AsTensor(gradients[i]), AsTensor(wanted));
    if (!what.empty()) return absl::StrFormat("gradient of %s %s", wanted.name, what);
  }
  return "";
}

client::Backend BackendOf(const CallKind& kind) {
  switch (kind.backend()) {
    case CallKind::AUTO: return client::Backend::kAuto;
    case CallKind::CPU: return client::Backend::kCpu;
    case CallKind::CUDA: return client::Backend::kCuda;
  }
  return client::Backend::kAuto;
}

// "gelu gradient bf16[32,512] x8 stream cuda"
std::string Describe(const CallKind& kind, const Tensor& input) {
  if (!kind.name().empty()) return kind.name();
  return absl::StrCat(kind.function(), kind.direction() == CallKind::GRADIENT ? " gradient " : " ",
                      std::string(Name(input.type())), input.shape().ToString(),
                      kind.items() > 1 ? absl::StrCat(" x", kind.items()) : "", kind.stream() ? " stream" : "",
                      kind.backend() == CallKind::AUTO  ? ""
                      : kind.backend() == CallKind::CPU ? " cpu"
                                                        : " cuda");
}

template <class Item>
class KindOf final : public Kind {
 public:
  // INVALID_ARGUMENT with the field of `kind` that is wrong.
  static absl::StatusOr<std::unique_ptr<Kind>> Make(const CallKind& kind, uint64_t seed) {
    auto made = std::make_unique<KindOf>();
    made->weight_ = kind.weight();
    made->is_stream_ = kind.stream();
    made->is_gradient_ = kind.direction() == CallKind::GRADIENT;
    made->method_ = kind.stream() ? client::Batch<Item>::kStream : client::Batch<Item>::kCall;
    do {
      std::vector<Item> items;
      std::vector<GradientResult>& expected = made->expected_.emplace_back();
      for (uint32_t i = 0; i < kind.items(); ++i) {
        absl::StatusOr<GradientItem> item = MakeItem(kind, seed++);
        if (!item.ok()) return item.status();
        absl::StatusOr<GradientResult> result = Compute(*item, made->is_gradient_);
        if (!result.ok()) return result.status();
        items.push_back(To(*item, static_cast<const Item*>(nullptr)));
        expected.push_back(*std::move(result));
      }
      const grpc::ByteBuffer& request = made->requests_.emplace_back(client::ToRequest(items, BackendOf(kind)));
      made->bytes_ = static_cast<int64_t>(request.Length());
      made->elements_ = static_cast<int64_t>(items.size()) * items[0].input.elements();
      made->name_ = Describe(kind, items[0].input);
    } while (made->variants() < kVariants && made->bytes_ * static_cast<int64_t>(made->variants()) < kVariantBytes);
    return made;
  }

  Outcome Judge(size_t variant, const grpc::ByteBuffer& answer, bool compare) const override {
    const std::vector<GradientResult>& expected = expected_[variant % expected_.size()];
    const auto results = client::FromResponse<Item>(answer, expected.size());
    if (!results.ok()) return {.end = kWrong, .message = std::string(results.status().message())};
    for (size_t i = 0; i < expected.size(); ++i) {
      const auto& result = (*results)[i];
      if (!result.ok())
        return {.end = static_cast<int>(result.status().code()), .message = ItemMessage(i, result.status().message())};
      const std::string what = compare ? Difference(*result, expected[i]) : "";
      if (!what.empty()) return {.end = kWrong, .checked = true, .message = ItemMessage(i, what)};
    }
    return {.end = kOk, .checked = compare};
  }

 private:
  std::string ItemMessage(size_t item, absl::string_view what) const {
    return absl::StrCat(name_, ": item ", item, ": ", what);
  }

  std::vector<std::vector<GradientResult>> expected_;  // by variant, then by item
};

absl::StatusOr<std::unique_ptr<Kind>> MakeKind(const CallKind& kind, uint64_t seed) {
  if (!kind.has_function()) return InvalidField("function", "is missing; expected a function's name");
  if (!(kind.weight() > 0 && kind.weight() <= 1e9))
    return InvalidField("weight", absl::StrFormat("%g is out of range; expected more than 0, to 1e9", kind.weight()));
  if (kind.items() < 1 || kind.items() > (1 << 16))
    return InvalidField("items", absl::StrFormat("%d is out of range; expected 1 to 65536", kind.items()));
  if (!(kind.deviation() >= 0 && kind.deviation() <= 1e6))
    return InvalidField("deviation", absl::StrFormat("%g is out of range; expected 0 to 1e6", kind.deviation()));
  if (kind.direction() == CallKind::GRADIENT) return KindOf<GradientItem>::Make(kind, seed);
  return KindOf<EvaluateItem>::Make(kind, seed);
}

// The place of a call's field, or of the call where it has not that field.
std::string PlaceOf(const Settings& settings, int call, const std::string& field) {
  const std::string where = absl::StrFormat("call[%d]", call);
  for (const std::string& key : {absl::StrCat(where, ".", field), absl::StrCat(where, ".", field, "[0]"), where}) {
    if (settings.origins.contains(key)) return Where(settings.origins, key);
  }
  return field;
}

}  // namespace

absl::StatusOr<Workload> MakeWorkload(const Settings& settings) {
  std::vector<CallKind> calls(settings.scenario.call().begin(), settings.scenario.call().end());
  if (calls.empty()) calls.emplace_back().set_function("gelu");
  Workload workload;
  uint64_t seed = settings.scenario.seed() << 32;
  for (size_t i = 0; i < calls.size(); ++i, seed += uint64_t{1} << 20) {
    absl::StatusOr<std::unique_ptr<Kind>> kind = MakeKind(calls[i], seed);
    if (!kind.ok()) {
      // The library's "parameters.beta" and "output_type" are fields of the item; here they are the call's.
      std::string field = FieldOf(kind.status());
      const bool is_parameter = field.starts_with("parameter");
      const std::string place = PlaceOf(settings, static_cast<int>(i), is_parameter ? "parameter" : field);
      return absl::InvalidArgumentError(
          absl::StrFormat("%s: %s%s", place, is_parameter ? field + " " : "", std::string(kind.status().message())));
    }
    workload.push_back(*std::move(kind));
  }
  return workload;
}

Mix MixOf(const Workload& workload, uint64_t seed) {
  Mix mix{.weights = {}, .seed = seed};
  for (const auto& kind : workload) mix.weights.push_back(kind->weight());
  return mix;
}

}  // namespace actserve::load
