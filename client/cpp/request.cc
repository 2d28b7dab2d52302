// Requests: protobuf writes what is small, and what is large is put in between.
#include <string>
#include <variant>

#include "absl/strings/cord.h"
#include "client/cpp/buffer.h"
#include "client/cpp/wire.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "proto/enums.h"
#include "proto/fields.h"

namespace actserve::client {
namespace {

using google::protobuf::MessageLite;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

void AppendMessage(const MessageLite& message, absl::Cord& to) { to.Append(message.SerializeAsString()); }

// A field that holds bytes: a tensor's, or a message's.
void AppendField(int number, const absl::Cord& bytes, absl::Cord& to) {
  uint8_t head[15];
  uint8_t* end = CodedOutputStream::WriteTagToArray(
      WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED), head);
  end = CodedOutputStream::WriteVarint64ToArray(bytes.size(), end);
  to.Append(absl::string_view(reinterpret_cast<const char*>(head), end - head));
  if (bytes.size() >= kFewBytes) {
    to.Append(bytes);
  } else {
    for (const absl::string_view piece : bytes.Chunks()) to.Append(piece);
  }
}

void Fill(const Quantization& quantization, v1::Quantization& message) {
  message.mutable_scale()->Add(quantization.scales.begin(), quantization.scales.end());
  message.mutable_zero_point()->Add(quantization.zero_points.begin(), quantization.zero_points.end());
  if (quantization.axis.has_value()) message.set_axis(*quantization.axis);
}

v1::OverflowMode ToMessage(Overflow overflow) {
  return overflow == Overflow::kSaturating ? v1::OVERFLOW_MODE_SATURATING : v1::OVERFLOW_MODE_NON_SATURATING;
}

absl::Cord ToMessage(const Tensor& tensor) {
  v1::Tensor header;
  header.set_data_type(ToWire(tensor.type()));
  for (const int64_t dim : tensor.shape().dims()) header.add_shape(dim);
  if (tensor.quantization() != nullptr) Fill(*tensor.quantization(), *header.mutable_quantization());
  absl::Cord message;
  AppendMessage(header, message);
  if (tensor.size() != 0) AppendField(v1::Tensor::kDataFieldNumber, tensor.Share(), message);
  return message;
}

absl::Cord ToMessage(const Parameter& parameter) {
  v1::Parameter header;
  header.set_name(parameter.name);
  const Tensor* tensor = std::get_if<Tensor>(&parameter.value);
  if (tensor == nullptr) header.set_scalar(std::get<double>(parameter.value));
  absl::Cord message;
  AppendMessage(header, message);
  if (tensor != nullptr) AppendField(v1::Parameter::kTensorFieldNumber, ToMessage(*tensor), message);
  return message;
}

v1::EvaluateItem HeaderOf(const EvaluateItem&) { return {}; }
v1::GradientItem HeaderOf(const GradientItem& item) {
  v1::GradientItem header;
  header.set_input_gradient_only(item.input_gradient_only);
  return header;
}
void AppendUpstream(const EvaluateItem&, absl::Cord&) {}
void AppendUpstream(const GradientItem& item, absl::Cord& to) {
  if (item.upstream.has_value()) AppendField(v1::GradientItem::kUpstreamFieldNumber, ToMessage(*item.upstream), to);
}

template <class Item>
absl::Cord ToMessage(const Item& item) {
  auto header = HeaderOf(item);
  using Header = decltype(header);
  header.set_function(item.function);
  if (item.axis.has_value()) header.set_axis(*item.axis);
  if (item.output_type.has_value()) header.set_output_type(ToWire(*item.output_type));
  if (item.output_quantization.given()) Fill(item.output_quantization, *header.mutable_output_quantization());
  if (item.overflow.has_value()) header.set_overflow(ToMessage(*item.overflow));
  if (item.layout.has_value()) header.set_layout(ToWire(*item.layout));
  if (item.encoding != Encoding::kDense) header.set_output_encoding(ToWire(item.encoding));
  absl::Cord message;
  AppendMessage(header, message);
  for (const Parameter& parameter : item.parameters) {
    AppendField(Header::kParametersFieldNumber, ToMessage(parameter), message);
  }
  if (item.gate.has_value()) AppendField(Header::kGateFieldNumber, ToMessage(*item.gate), message);
  AppendUpstream(item, message);
  AppendField(Header::kInputFieldNumber, ToMessage(item.input), message);
  return message;
}

v1::Backend ToMessage(Backend backend) {
  switch (backend) {
    case Backend::kAuto: return v1::BACKEND_UNSPECIFIED;
    case Backend::kCpu: return v1::BACKEND_CPU;
    case Backend::kCuda: return v1::BACKEND_CUDA;
  }
  return v1::BACKEND_UNSPECIFIED;
}

}  // namespace

template <class Item>
grpc::ByteBuffer ToRequest(const std::vector<Item>& items, Backend backend) {
  RequestFields header;
  header.set_backend(ToMessage(backend));
  absl::Cord message;
  AppendMessage(header, message);
  for (const Item& item : items) AppendField(RequestFields::kItemsFieldNumber, ToMessage(item), message);
  return ToBuffer(message);
}

template grpc::ByteBuffer ToRequest<EvaluateItem>(const std::vector<EvaluateItem>&, Backend);
template grpc::ByteBuffer ToRequest<GradientItem>(const std::vector<GradientItem>&, Backend);

}  // namespace actserve::client
