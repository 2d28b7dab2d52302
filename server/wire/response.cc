#include "server/wire/response.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <utility>

#include "proto/fields.h"
#include "server/wire/data_type.h"

namespace actserve {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr size_t kAlignment = 64;  // of the first output's data: a line of the caches

// The time is known last, so it has as many bytes as the longest that it can be: protobuf's numbers may be longer than
// they need to.
constexpr int kTimeBytes = 6;
constexpr uint64_t kLongestTime = (uint64_t{1} << 7 * kTimeBytes) - 1;  // 73 minutes, in ns

// Counts what a Writer would write.
class Counter {
 public:
  void Varint(uint64_t value) { at_ += CodedOutputStream::VarintSize64(value); }
  void Text(std::string_view text) { at_ += text.size(); }
  void Message(const google::protobuf::MessageLite& message) { at_ += message.ByteSizeLong(); }
  size_t Gap(size_t bytes) { return std::exchange(at_, at_ + bytes); }
  size_t at() const { return at_; }

 private:
  size_t at_ = 0;
};

class Writer {
 public:
  explicit Writer(std::byte* bytes) : begin_(reinterpret_cast<uint8_t*>(bytes)), at_(begin_) {}
  void Varint(uint64_t value) { at_ = CodedOutputStream::WriteVarint64ToArray(value, at_); }
  void Text(std::string_view text) { at_ = std::copy(text.begin(), text.end(), at_); }
  void Message(const google::protobuf::MessageLite& message) {
    at_ = message.SerializeWithCachedSizesToArray(at_);  // that were cached when they were counted
  }
  // Bytes left out, and where.
  size_t Gap(size_t bytes) { return std::exchange(at_, at_ + bytes) - begin_; }

 private:
  uint8_t* const begin_;
  uint8_t* at_;
};

template <class Sink>
void PutTag(Sink& sink, int field, WireFormatLite::WireType type) {
  sink.Varint(WireFormatLite::MakeTag(field, type));
}
template <class Sink>
void PutNumber(Sink& sink, int field, uint64_t value) {
  PutTag(sink, field, WireFormatLite::WIRETYPE_VARINT);
  sink.Varint(value);
}
template <class Sink>
void PutText(Sink& sink, int field, std::string_view text) {
  if (text.empty()) return;
  PutTag(sink, field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  sink.Varint(text.size());
  sink.Text(text);
}
// A message, whose fields put(sink) puts.
template <class Sink, class Put>
void PutNested(Sink& sink, int field, Put put) {
  Counter counter;
  put(counter);
  PutTag(sink, field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  sink.Varint(counter.at());
  put(sink);
}

}  // namespace

void Response::SetId(int item, std::string_view id) { results_[item].id = id; }

void Response::SetError(int item, int code, std::string message, std::string field) {
  results_[item].failed = std::make_unique<v1::ItemStatus>();
  v1::ItemStatus& status = *results_[item].failed;
  status.set_code(code);
  status.set_message(std::move(message));
  status.set_field(std::move(field));
}

void Response::AddOutput(int item, v1::Backend backend, DataType type, const Shape& shape,
                         const Quantization& quantization) {
  results_[item].backend = backend;
  results_[item].output = {type, shape, quantization};
}

void Response::AddGateGradient(int item, DataType type, const Shape& shape) {
  results_[item].gate = Output{type, shape, {}};
}

void Response::AddParameterGradient(int item, std::string_view name, bool number, DataType type, const Shape& shape) {
  results_[item].parameters.push_back({name, number, {type, shape, {}}});
}

template <class Sink>
void Response::PutQuantization(Sink& sink, const Quantization& quantization) {
  PutNested(sink, v1::Quantization::kScaleFieldNumber, [&](auto& inner) {
    inner.Text({reinterpret_cast<const char*>(quantization.scales.data()), quantization.scales.size_bytes()});
  });
  if (!quantization.zero_points.empty()) {
    PutNested(sink, v1::Quantization::kZeroPointFieldNumber, [&](auto& inner) {
      for (const int32_t zero_point : quantization.zero_points)
        inner.Varint(WireFormatLite::ZigZagEncode32(zero_point));
    });
  }
  if (quantization.axis.has_value()) PutNumber(sink, v1::Quantization::kAxisFieldNumber, *quantization.axis);
}

template <class Sink>
void Response::PutTensor(Sink& sink, Output& output) {
  PutNumber(sink, v1::Tensor::kDataTypeFieldNumber, ToWire(output.type));
  if (output.shape.rank() != 0) {
    PutNested(sink, v1::Tensor::kShapeFieldNumber, [&](auto& inner) {
      for (const int64_t dim : output.shape.dims()) inner.Varint(dim);
    });
  }
  if (output.quantization.given()) {
    PutNested(sink, v1::Tensor::kQuantizationFieldNumber,
              [&](auto& inner) { PutQuantization(inner, output.quantization); });
  }
  PutTag(sink, v1::Tensor::kDataFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  sink.Varint(output.bytes());
  output.at = sink.Gap(output.bytes());
}

template <class Sink>
void Response::PutParameter(Sink& sink, ParameterGradient& parameter) {
  PutText(sink, v1::Parameter::kNameFieldNumber, parameter.name);
  if (parameter.number) {
    PutTag(sink, v1::Parameter::kScalarFieldNumber, WireFormatLite::WIRETYPE_FIXED64);
    parameter.gradient.at = sink.Gap(sizeof(double));  // little-endian, as the element is
  } else {
    PutNested(sink, v1::Parameter::kTensorFieldNumber, [&](auto& inner) { PutTensor(inner, parameter.gradient); });
  }
}

template <class Sink>
void Response::PutResult(Sink& sink, Result& result) {
  PutText(sink, ResultFields::kIdFieldNumber, result.id);
  if (result.failed != nullptr) {
    PutNested(sink, ResultFields::kStatusFieldNumber, [&](auto& inner) { inner.Message(*result.failed); });
  }
  if (result.backend == v1::BACKEND_UNSPECIFIED) return;
  PutTag(sink, ResultFields::kBackendFieldNumber, WireFormatLite::WIRETYPE_VARINT);
  result.backend_at = sink.Gap(1);
  PutTag(sink, ResultFields::kComputeTimeNsFieldNumber, WireFormatLite::WIRETYPE_VARINT);
  result.time_at = sink.Gap(kTimeBytes);
  for (ParameterGradient& parameter : result.parameters) {
    PutNested(sink, ResultFields::kParameterGradientsFieldNumber, [&](auto& inner) { PutParameter(inner, parameter); });
  }
  if (result.gate) {
    PutNested(sink, ResultFields::kGateGradientFieldNumber, [&](auto& inner) { PutTensor(inner, *result.gate); });
  }
  PutNested(sink, ResultFields::kInputGradientFieldNumber, [&](auto& inner) { PutTensor(inner, result.output); });
}

template <class Sink>
void Response::PutAll(Sink& sink) {
  for (Result& result : results_) {
    PutNested(sink, ResponseFields::kResultsFieldNumber, [&](auto& inner) { PutResult(inner, result); });
  }
}

void Response::LayOut(BufferPool& pool) {
  Counter counter;
  PutAll(counter);
  size_t first_data = 0;
  for (const Result& result : results_) {
    if (result.backend == v1::BACKEND_UNSPECIFIED) continue;
    first_data = result.output.at;
    break;
  }
  slice_ = pool.Allocate(counter.at(), (kAlignment - first_data % kAlignment) % kAlignment);
  bytes_ = reinterpret_cast<std::byte*>(const_cast<uint8_t*>(slice_.begin()));  // nobody shares it yet
  Writer writer(bytes_);
  PutAll(writer);
  for (Result& result : results_) {
    if (result.backend == v1::BACKEND_UNSPECIFIED) continue;
    bytes_[result.backend_at] = static_cast<std::byte>(result.backend);
    SetComputeTime(result, std::chrono::nanoseconds(0));
  }
}

void Response::SetComputeTime(Result& result, std::chrono::nanoseconds time) {
  uint64_t rest = std::min<uint64_t>(std::max<int64_t>(time.count(), 0), kLongestTime);
  for (int i = 0; i < kTimeBytes; ++i, rest >>= 7) {
    const bool more = i + 1 < kTimeBytes;
    bytes_[result.time_at + i] = static_cast<std::byte>((rest & 0x7f) | (more ? 0x80 : 0));
  }
}

grpc::ByteBuffer Response::Encode() { return grpc::ByteBuffer(&slice_, 1); }

}  // namespace actserve
