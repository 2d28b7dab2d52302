#include "server/wire/decoder.h"

#include <google/protobuf/wire_format_lite.h>

#include <bit>
#include <type_traits>
#include <utility>

#include "absl/strings/str_format.h"
#include "actserve/v1/activation.pb.h"
#include "kernels/api/status.h"
#include "proto/fields.h"

namespace actserve {
namespace {

using google::protobuf::internal::WireFormatLite;

using tags::Delimited, tags::Fixed32, tags::Fixed64, tags::Varint;

}  // namespace

Decoder::Decoder(Direction direction, std::span<const Chunk> message, int max_items, Request& request)
    : direction_(direction),
      message_(message),
      max_items_(max_items),
      request_(request),
      stream_(message),
      in_(&stream_) {}

bool Decoder::HasMoreItemsThan(int most, std::span<const Chunk> message) {
  ChunkStream stream(message);
  google::protobuf::io::CodedInputStream in(&stream);
  while (const uint32_t tag = in.ReadTag()) {
    if (tag == Delimited(RequestFields::kItemsFieldNumber) && --most < 0) return true;
    if (!WireFormatLite::SkipField(&in, tag)) return false;
  }
  return false;
}

absl::Status Decoder::Run() {
  in_.PushLimit(message_.empty() ? 0 : static_cast<int>(message_.back().end));
  bool is_message = true;
  while (is_message) {
    const uint32_t tag = Tag();
    if (tag == 0) break;
    switch (tag) {
      case Varint(RequestFields::kBackendFieldNumber): is_message = Number(request_.backend_); break;
      case Delimited(RequestFields::kItemsFieldNumber): is_message = Item(); break;
      default: is_message = Skip(tag);
    }
  }
  if (!failed_.ok()) return failed_;
  if (!is_message || !in_.ConsumedEntireMessage()) {
    return absl::InvalidArgumentError("the message cannot be decoded as a request");
  }
  if (request_.items_.empty()) return InvalidField("items", "are missing; expected at least one");
  return absl::OkStatus();
}

template <class Field>
bool Decoder::Fields(Field field) {
  int bytes;
  if (!Length(bytes)) return false;
  const auto limit = in_.PushLimit(bytes);
  while (const uint32_t tag = Tag()) {
    if (!field(tag)) return false;
  }
  if (!in_.ConsumedEntireMessage() || in_.BytesUntilLimit() != 0) return false;
  in_.PopLimit(limit);
  return true;
}

bool Decoder::Item() {
  const auto index = static_cast<int>(request_.items_.size());
  if (index == max_items_) {
    failed_ =
        InvalidField("items", absl::StrFormat("are more than %d, the limit; expected fewer in a request", max_items_));
    return false;
  }
  WireItem& item = request_.items_.emplace_back();
  const bool gradient = direction_ == Direction::kGradient;
  const bool is_message = Fields([&](uint32_t tag) {
    switch (tag) {
      case Delimited(ItemFields::kIdFieldNumber): return Text("id", item.id);
      case Delimited(ItemFields::kFunctionFieldNumber): return Text("function", item.function);
      case Delimited(ItemFields::kParametersFieldNumber): return Parameter(item);
      case Varint(ItemFields::kAxisFieldNumber): return Number(item.axis.emplace());
      case Varint(ItemFields::kOutputTypeFieldNumber): return Number(item.output_type);
      case Delimited(ItemFields::kOutputQuantizationFieldNumber):
        return Quantization(item.output_quantization ? *item.output_quantization : item.output_quantization.emplace());
      case Varint(ItemFields::kOverflowFieldNumber): return Number(item.overflow);
      case Varint(ItemFields::kOutputEncodingFieldNumber): return Number(item.output_encoding);
      case Varint(ItemFields::kLayoutFieldNumber): return Number(item.layout);
      case Varint(ItemFields::kInputGradientOnlyFieldNumber):
        return gradient ? Number(item.input_gradient_only) : Skip(tag);
      case Delimited(ItemFields::kUpstreamFieldNumber):
        if (!gradient) return Skip(tag);
        return Tensor(item.upstream ? *item.upstream : item.upstream.emplace());
      case Delimited(ItemFields::kGateFieldNumber): return Tensor(item.gate ? *item.gate : item.gate.emplace());
      case Delimited(ItemFields::kInputFieldNumber): return Tensor(item.input ? *item.input : item.input.emplace());
      default: return Skip(tag);
    }
  });
  if (!failed_.ok()) failed_ = UnderField(absl::StrFormat("items[%d]", index), failed_);
  return is_message;
}

bool Decoder::Parameter(WireItem& item) {
  if (item.parameters.size() == kMaxWireParameters) {
    failed_ = InvalidField("parameters", absl::StrFormat("has more than %d entries", kMaxWireParameters));
    return false;
  }
  WireParameter& parameter = item.parameters.emplace_back();
  const bool is_message = Fields([&](uint32_t tag) {
    switch (tag) {
      case Delimited(v1::Parameter::kNameFieldNumber): return Text("name", parameter.name);
      case Fixed64(v1::Parameter::kScalarFieldNumber): return Number(parameter.value.emplace<double>());
      case Delimited(v1::Parameter::kTensorFieldNumber): {
        auto* tensor = std::get_if<WireTensor>(&parameter.value);
        return Tensor(tensor != nullptr ? *tensor : parameter.value.emplace<WireTensor>());
      }
      default: return Skip(tag);
    }
  });
  if (auto* tensor = std::get_if<WireTensor>(&parameter.value); is_message && tensor != nullptr) {
    const Together together = PutTogether({tensor->begin, tensor->bytes});
    tensor->chunks = together.chunks;
    tensor->begin = together.begin;
  }
  return is_message;
}

bool Decoder::Tensor(WireTensor& tensor) {
  return Fields([&](uint32_t tag) {
    switch (tag) {
      case Varint(v1::Tensor::kDataTypeFieldNumber): return Number(tensor.data_type);
      case Varint(v1::Tensor::kShapeFieldNumber):
      case Delimited(v1::Tensor::kShapeFieldNumber): return Shape(tensor, tag);
      case Delimited(v1::Tensor::kQuantizationFieldNumber):
        return Quantization(tensor.quantization ? *tensor.quantization : tensor.quantization.emplace());
      case Delimited(v1::Tensor::kDataFieldNumber): {
        Extent data;
        if (!Bytes(data)) return false;
        tensor.chunks = message_;
        tensor.begin = data.begin;
        tensor.bytes = data.bytes;
        return true;
      }
      default: return Skip(tag);
    }
  });
}

template <class Numbers, class Read>
bool Decoder::Repeated(const char* field, uint32_t tag, uint32_t single, size_t most, Numbers& numbers, Read read) {
  const auto one = [&] {
    if (numbers.size() < most) return read(numbers.emplace_back());
    failed_ = InvalidField(field, absl::StrFormat("has more than %d entries", most));
    return false;
  };
  if (tag == single) return one();
  int bytes;
  if (!Length(bytes)) return false;
  const auto limit = in_.PushLimit(bytes);
  while (in_.BytesUntilLimit() > 0) {
    if (!one()) return false;
  }
  in_.PopLimit(limit);
  return true;
}

bool Decoder::Shape(WireTensor& tensor, uint32_t tag) {
  return Repeated("shape", tag, Varint(v1::Tensor::kShapeFieldNumber), kMaxWireDimensions, tensor.shape,
                  [this](int64_t& dimension) { return Number(dimension); });
}

bool Decoder::Quantization(WireQuantization& quantization) {
  return Fields([&](uint32_t tag) {
    switch (tag) {
      case Fixed32(v1::Quantization::kScaleFieldNumber):
      case Delimited(v1::Quantization::kScaleFieldNumber):
        return Repeated("quantization.scale", tag, Fixed32(v1::Quantization::kScaleFieldNumber), kMaxWireScales,
                        quantization.scales, [this](float& scale) {
                          uint32_t bits;
                          if (!in_.ReadLittleEndian32(&bits)) return false;
                          scale = std::bit_cast<float>(bits);
                          return true;
                        });
      case Varint(v1::Quantization::kZeroPointFieldNumber):
      case Delimited(v1::Quantization::kZeroPointFieldNumber):
        return Repeated("quantization.zero_point", tag, Varint(v1::Quantization::kZeroPointFieldNumber), kMaxWireScales,
                        quantization.zero_points, [this](int32_t& zero_point) {
                          uint32_t bits = 0;
                          if (!Number(bits)) return false;
                          zero_point = WireFormatLite::ZigZagDecode32(bits);
                          return true;
                        });
      case Varint(v1::Quantization::kAxisFieldNumber): return Number(quantization.axis.emplace());
      default: return Skip(tag);
    }
  });
}

bool Decoder::Bytes(Extent& extent) {
  int bytes;
  if (!Length(bytes)) return false;
  extent = {in_.CurrentPosition(), bytes};
  return in_.Skip(bytes);
}

// A number of more than five bytes is no tag to protobuf's parser, though its stream would make one of it.
uint32_t Decoder::Tag() {
  constexpr int kMostBytes = 5;
  constexpr uint32_t kNone = 7;  // no kind of field has this number
  const int begin = in_.CurrentPosition();
  const uint32_t tag = in_.ReadTag();
  return in_.CurrentPosition() - begin <= kMostBytes ? tag : kNone;
}

bool Decoder::Length(int& bytes) { return in_.ReadVarintSizeAsInt(&bytes) && bytes <= in_.BytesUntilLimit(); }

bool Decoder::Text(const char* field, std::string_view& text) {
  Extent extent;
  if (!Bytes(extent)) return false;
  const auto* data = reinterpret_cast<const char*>(PutTogether(extent).data);
  text = std::string_view(data, extent.bytes);
  return WireFormatLite::VerifyUtf8String(data, static_cast<int>(extent.bytes), WireFormatLite::PARSE, field);
}

template <class N>
bool Decoder::Number(N& number) {
  uint64_t bits;
  if constexpr (std::is_same_v<N, double>) {
    if (!in_.ReadLittleEndian64(&bits)) return false;
    number = std::bit_cast<double>(bits);
  } else {
    if (!in_.ReadVarint64(&bits)) return false;
    number = static_cast<N>(bits);  // the low bits, as protobuf has it
  }
  return true;
}

bool Decoder::Skip(uint32_t tag) { return WireFormatLite::SkipField(&in_, tag); }

Decoder::Together Decoder::PutTogether(const Extent& extent) {
  const int64_t end = extent.begin + extent.bytes;
  const std::byte* data = Locate(message_, extent.begin, end);
  if (data != nullptr || extent.bytes == 0) return {data, message_, extent.begin};
  Request::Copy& copy = request_.copies_.emplace_back();
  copy.bytes.resize(extent.bytes);
  auto* to = reinterpret_cast<std::byte*>(copy.bytes.data());
  CopyBytes(message_, extent.begin, end, to);
  copy.chunk = {to, 0, extent.bytes};
  request_.copied_bytes_ += extent.bytes;
  return {to, {&copy.chunk, 1}, 0};
}

}  // namespace actserve
