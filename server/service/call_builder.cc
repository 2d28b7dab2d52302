#include "server/service/call_builder.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "actserve/v1/activation.pb.h"
#include "kernels/api/sparse_output.h"
#include "kernels/api/status.h"
#include "server/wire/enums.h"

namespace actserve {
namespace {

constexpr size_t kMaxId = 256;
constexpr size_t kMaxParameterName = 64;

absl::StatusOr<InputView> ToView(std::string_view field, const WireTensor& tensor) {
  absl::StatusOr<InputView> view = actserve::ToView(tensor);
  if (!view.ok()) return UnderField(field, view.status());
  return view;
}

absl::StatusOr<std::optional<Overflow>> ToOverflow(int mode) {
  switch (mode) {
    case v1::OVERFLOW_MODE_UNSPECIFIED: return std::optional<Overflow>();
    case v1::OVERFLOW_MODE_NON_SATURATING: return Overflow::kNonSaturating;
    case v1::OVERFLOW_MODE_SATURATING: return Overflow::kSaturating;
    default:
      return InvalidField("overflow",
                          absl::StrFormat("%d is no overflow mode; expected OVERFLOW_MODE_UNSPECIFIED (0), "
                                          "OVERFLOW_MODE_NON_SATURATING (1) or OVERFLOW_MODE_SATURATING (2)",
                                          mode));
  }
}

absl::StatusOr<NamedParam> ToParam(const WireParameter& parameter) {
  if (parameter.name.empty()) return InvalidField("parameters", "one of them has no name");
  if (parameter.name.size() > kMaxParameterName) {
    const std::string start(parameter.name.substr(0, kMaxParameterName));
    return InvalidField("parameters", absl::StrFormat("\"%s...\" has %d bytes, more than any parameter's name",
                                                      absl::CEscape(start), parameter.name.size()));
  }
  if (const double* number = std::get_if<double>(&parameter.value)) return NamedParam{parameter.name, *number};
  const std::string field = ParameterField(parameter.name);
  const WireTensor* tensor = std::get_if<WireTensor>(&parameter.value);
  if (tensor == nullptr) return InvalidField(field, "has no value; expected a number or a tensor");
  const absl::StatusOr<InputView> view = ToView(field, *tensor);
  if (!view.ok()) return view.status();
  if (view->quantization.given())
    return InvalidField(field + ".quantization", "is given to a parameter; expected none");
  return NamedParam{parameter.name, TensorView{view->type, view->shape, view->data()}};
}

}  // namespace

absl::StatusOr<BackendChoice> ToChoice(int backend) {
  switch (backend) {
    case v1::BACKEND_UNSPECIFIED: return BackendChoice::kAuto;
    case v1::BACKEND_CPU: return BackendChoice::kCpu;
    case v1::BACKEND_CUDA: return BackendChoice::kCuda;
    default:
      return InvalidField("backend",
                          absl::StrFormat("%d is not a backend; expected BACKEND_UNSPECIFIED (0), BACKEND_CPU "
                                          "(1) or BACKEND_CUDA (2)",
                                          backend));
  }
}

absl::Status CheckId(const WireItem& item) {
  if (item.id.size() <= kMaxId) return absl::OkStatus();
  return InvalidField("id", absl::StrFormat("has %d bytes; expected at most %d", item.id.size(), kMaxId));
}

absl::StatusOr<Call> BuildCall(Direction direction, const Function& function, const WireItem& item) {
  CallRequest request;
  request.function = &function;
  request.direction = direction;
  if (!item.input) return InvalidField("input", "is missing; expected a tensor");
  const absl::StatusOr<InputView> input = ToView("input", *item.input);
  if (!input.ok()) return input.status();
  request.input = *input;
  if (item.upstream) {
    const absl::StatusOr<InputView> upstream = ToView("upstream", *item.upstream);
    if (!upstream.ok()) return upstream.status();
    request.upstream = *upstream;
  }
  if (item.gate) {
    const absl::StatusOr<InputView> gate = ToView("gate", *item.gate);
    if (!gate.ok()) return gate.status();
    request.gate = *gate;
  }
  if (item.layout != v1::GATED_LAYOUT_UNSPECIFIED) {
    const absl::StatusOr<GatedLayout> layout = LayoutFromWire(item.layout);
    if (!layout.ok()) return UnderField("layout", layout.status());
    request.layout = *layout;
  }
  if (item.output_type != v1::DATA_TYPE_UNSPECIFIED) {
    const absl::StatusOr<DataType> type = FromWire(item.output_type);
    if (!type.ok()) return UnderField("output_type", type.status());
    request.output_type = *type;
  }
  if (item.output_quantization) request.output_quantization = actserve::ToView(*item.output_quantization);
  const absl::StatusOr<std::optional<Overflow>> overflow = ToOverflow(item.overflow);
  if (!overflow.ok()) return overflow.status();
  request.overflow = *overflow;
  std::vector<NamedParam> named;
  named.reserve(item.parameters.size());
  for (const WireParameter& parameter : item.parameters) {
    const absl::StatusOr<NamedParam> param = ToParam(parameter);
    if (!param.ok()) return param.status();
    named.push_back(*param);
  }
  const absl::StatusOr<Params> params = Params::Bind(function.info, named);
  if (!params.ok()) return params.status();
  request.params = *params;
  request.axis = item.axis;
  request.input_gradient_only = item.input_gradient_only;
  return CheckCall(request);
}

absl::StatusOr<Encoding> BuildEncoding(const WireItem& item, const Call& call) {
  const absl::StatusOr<Encoding> encoding = EncodingFromWire(item.output_encoding);
  if (!encoding.ok()) return UnderField("output_encoding", encoding.status());
  if (absl::Status status = CheckEncoding(*encoding, call.output_type, call.output_shape()); !status.ok())
    return status;
  // Integers have their zero wherever the quantization says.
  return *encoding == Encoding::kAuto && IsQuantized(call.output_type) ? Encoding::kDense : *encoding;
}

size_t OutputBytes(const Call& call, Encoding encoding) {
  constexpr size_t kChannelBytes = 4 + 2;  // its scale, and its zero point
  const size_t quantizations = call.has_gate_gradient() ? 2 : 1;
  size_t bytes = call.result_bytes() + quantizations * call.output_quantization.scales.size() * kChannelBytes;
  if (encoding != Encoding::kDense) bytes += SparseOutput::MostBitBytes(call.output_shape().elements());
  for (const int param : call.gradient_params) {
    bytes += static_cast<size_t>(call.gradient_shape(param).elements()) * SizeOf(call.gradient_type(param));
  }
  return bytes;
}

}  // namespace actserve
