#include "server/wire/response.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <utility>

#include "proto/enums.h"
#include "proto/fields.h"

namespace actserve {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr size_t kAlignment = 64;  // of the first output's data: a line of the caches

// The time is known last, so it has as many bytes as the longest that it can be: protobuf's numbers may be longer than
// they need to.
constexpr int kTimeBytes = 6;
constexpr uint64_t kLongestTime = (uint64_t{1} << 7 * kTimeBytes) - 1;  // 73 minutes, in ns
constexpr int kBackendBytes = 1;

void WritePadded(uint64_t value, int bytes, uint8_t* to) {
  for (int i = 0; i < bytes; ++i, value >>= 7) {
    const bool more = i + 1 < bytes;
    to[i] = static_cast<uint8_t>((value & 0x7f) | (more ? 0x80 : 0));
  }
}

// Counts what a Writer would write.
class Counter {
 public:
  void Varint(uint64_t value) { at_ += CodedOutputStream::VarintSize64(value); }
  size_t Padded(uint64_t, int bytes) { return std::exchange(at_, at_ + bytes); }
  void Text(std::string_view text) { at_ += text.size(); }
  void Message(const google::protobuf::MessageLite& message) { at_ += message.ByteSizeLong(); }
  size_t Data(const std::byte*, size_t bytes) {
    data_ += bytes;
    return std::exchange(at_, at_ + bytes);
  }
  size_t at() const { return at_; }
  size_t data() const { return data_; }  // of that

 private:
  size_t at_ = 0, data_ = 0;
};

class Writer {
 public:
  explicit Writer(const grpc::Slice& slice)
      : begin_(const_cast<uint8_t*>(slice.begin())), at_(begin_) {}  // nobody shares it yet
  void Varint(uint64_t value) { at_ = CodedOutputStream::WriteVarint64ToArray(value, at_); }
  // A number in so many bytes, and where it is.
  size_t Padded(uint64_t value, int bytes) {
    WritePadded(value, bytes, at_);
    return std::exchange(at_, at_ + bytes) - begin_;
  }
  void Text(std::string_view text) { at_ = std::copy(text.begin(), text.end(), at_); }
  void Message(const google::protobuf::MessageLite& message) {
    at_ = message.SerializeWithCachedSizesToArray(at_);  // that were cached when they were counted
  }
  // Bytes left out, and where.
  size_t Data(const std::byte*, size_t bytes) { return std::exchange(at_, at_ + bytes) - begin_; }

 protected:
  uint8_t* const begin_;
  uint8_t* at_;
};

// Writes what is no data into one slice, and makes the message of pieces of that and of the one that has the data.
class Gatherer : public Writer {
 public:
  Gatherer(const grpc::Slice& headers, const grpc::Slice& data) : Writer(headers), headers_(headers), data_(data) {}

  size_t Data(const std::byte* data, size_t bytes) {
    EndPiece();
    const size_t begin = reinterpret_cast<const uint8_t*>(data) - data_.begin();
    if (bytes != 0) pieces_.push_back(data_.sub(begin, begin + bytes));
    return 0;
  }
  grpc::ByteBuffer Message() {
    EndPiece();
    return grpc::ByteBuffer(pieces_.data(), pieces_.size());
  }
  using Writer::Message;

 private:
  void EndPiece() {
    const size_t end = at_ - begin_;
    if (end != taken_) pieces_.push_back(headers_.sub(taken_, end));
    taken_ = end;
  }

  const grpc::Slice &headers_, &data_;
  size_t taken_ = 0;  // of the headers
  std::vector<grpc::Slice> pieces_;
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

// What tensors begin with, dense or not.
template <class Sink>
void PutTypeAndShape(Sink& sink, DataType type, const Shape& shape) {
  static_assert(int{v1::Tensor::kDataTypeFieldNumber} == v1::SparseTensor::kDataTypeFieldNumber);
  static_assert(int{v1::Tensor::kShapeFieldNumber} == v1::SparseTensor::kShapeFieldNumber);
  PutNumber(sink, v1::Tensor::kDataTypeFieldNumber, ToWire(type));
  if (shape.rank() == 0) return;
  PutNested(sink, v1::Tensor::kShapeFieldNumber, [&](auto& inner) {
    for (const int64_t dim : shape.dims()) inner.Varint(dim);
  });
}

template <class Sink>
void PutBits(Sink& sink, int field, std::span<const std::byte> bits) {
  if (bits.empty()) return;
  PutTag(sink, field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  sink.Varint(bits.size());
  sink.Data(bits.data(), bits.size());
}

uint64_t ToWire(std::chrono::nanoseconds time) {
  return std::min<uint64_t>(std::max<int64_t>(time.count(), 0), kLongestTime);
}

}  // namespace

void Response::SetId(int item, std::string_view id) { results_[item].id = id; }

void Response::SetError(int item, int code, std::string message, std::string field) {
  results_[item].failed = std::make_unique<v1::ItemStatus>();
  v1::ItemStatus& status = *results_[item].failed;
  status.set_code(code);
  status.set_message(std::move(message));
  status.set_field(std::move(field));
  results_[item].backend = v1::BACKEND_UNSPECIFIED;
}

void Response::AddOutput(int item, v1::Backend backend, DataType type, const Shape& shape,
                         const Quantization& quantization, Encoding encoding) {
  results_[item].backend = backend;
  results_[item].output = {type, shape, quantization};
  results_[item].encoding = encoding;
  if (encoding != Encoding::kDense) is_late_ = true;
}

void Response::AddGateGradient(int item, DataType type, const Shape& shape, const Quantization& quantization) {
  results_[item].gate = Output{type, shape, quantization};
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
  PutTypeAndShape(sink, output.type, output.shape);
  if (output.quantization.given()) {
    PutNested(sink, v1::Tensor::kQuantizationFieldNumber,
              [&](auto& inner) { PutQuantization(inner, output.quantization); });
  }
  PutTag(sink, v1::Tensor::kDataFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  sink.Varint(output.bytes());
  output.at = sink.Data(output.data, output.bytes());
}

template <class Sink>
void Response::PutSparseTensor(Sink& sink, const SparseOutput& output) {
  const SparseView view = output.view();
  const bool is_bitmap = view.encoding == Encoding::kBitmap;
  PutTypeAndShape(sink, view.type, view.shape);
  PutNumber(sink, v1::SparseTensor::kEncodingFieldNumber, ToWire(view.encoding));
  PutBits(sink, v1::SparseTensor::kNegativeZerosFieldNumber, view.negative_zeros);
  PutBits(sink, is_bitmap ? v1::SparseTensor::kBitmapFieldNumber : v1::SparseTensor::kIndicesFieldNumber,
          view.positions);
  PutTag(sink, v1::SparseTensor::kValuesFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  sink.Varint(static_cast<uint64_t>(output.stored()) * SizeOf(view.type));
  for (const SparseOutput::Extent& extent : output.values()) sink.Data(extent.data, extent.bytes);
}

template <class Sink>
void Response::PutParameter(Sink& sink, ParameterGradient& parameter) {
  PutText(sink, v1::Parameter::kNameFieldNumber, parameter.name);
  if (parameter.number) {
    PutTag(sink, v1::Parameter::kScalarFieldNumber, WireFormatLite::WIRETYPE_FIXED64);
    parameter.gradient.at = sink.Data(parameter.gradient.data, sizeof(double));  // little-endian, as the element is
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
  result.backend_at = sink.Padded(result.backend, kBackendBytes);
  PutTag(sink, ResultFields::kComputeTimeNsFieldNumber, WireFormatLite::WIRETYPE_VARINT);
  result.time_at = sink.Padded(ToWire(result.time), kTimeBytes);
  for (ParameterGradient& parameter : result.parameters) {
    PutNested(sink, ResultFields::kParameterGradientsFieldNumber, [&](auto& inner) { PutParameter(inner, parameter); });
  }
  if (result.gate) {
    PutNested(sink, ResultFields::kGateGradientFieldNumber, [&](auto& inner) { PutTensor(inner, *result.gate); });
  }
  if (result.sparse != nullptr && result.sparse->encoding() != Encoding::kDense) {
    PutNested(sink, ResultFields::kSparseInputGradientFieldNumber,
              [&](auto& inner) { PutSparseTensor(inner, *result.sparse); });
  } else {
    PutNested(sink, ResultFields::kInputGradientFieldNumber, [&](auto& inner) { PutTensor(inner, result.output); });
  }
}

template <class Sink>
void Response::PutAll(Sink& sink) {
  for (Result& result : results_) {
    PutNested(sink, ResponseFields::kResultsFieldNumber, [&](auto& inner) { PutResult(inner, result); });
  }
}

void Response::LayOut(BufferPool& pool) {
  if (is_late_) return Reserve(pool);
  Counter counter;
  PutAll(counter);
  size_t first_data = 0;
  for (const Result& result : results_) {
    if (result.backend == v1::BACKEND_UNSPECIFIED) continue;
    first_data = result.output.at;
    break;
  }
  slice_ = pool.Allocate(counter.at(), (kAlignment - first_data % kAlignment) % kAlignment);
  Writer writer(slice_);
  PutAll(writer);
  bytes_ = reinterpret_cast<std::byte*>(const_cast<uint8_t*>(slice_.begin()));
  for (Result& result : results_) {
    ForEachOutput(result, [&](Output& output) { output.data = bytes_ + output.at; });
  }
}

void Response::Reserve(BufferPool& pool) {
  size_t end = 0;
  const auto take = [&](size_t bytes) {
    const size_t begin = (end + kAlignment - 1) / kAlignment * kAlignment;
    end = begin + bytes;
    return begin;
  };
  std::vector<size_t> bits(results_.size());
  for (size_t i = 0; i < results_.size(); ++i) {
    Result& result = results_[i];
    if (result.backend == v1::BACKEND_UNSPECIFIED) continue;
    ForEachOutput(result, [&](Output& output) { output.at = take(output.bytes()); });
    if (result.encoding != Encoding::kDense) {
      bits[i] = take(SparseOutput::MostBitBytes(result.output.shape.elements()));
    }
  }
  slice_ = pool.Allocate(end, 0);
  bytes_ = reinterpret_cast<std::byte*>(const_cast<uint8_t*>(slice_.begin()));  // nobody shares it yet
  for (size_t i = 0; i < results_.size(); ++i) {
    Result& result = results_[i];
    if (result.backend == v1::BACKEND_UNSPECIFIED) continue;
    ForEachOutput(result, [&](Output& output) { output.data = bytes_ + output.at; });
    if (result.encoding == Encoding::kDense) continue;
    result.sparse = std::make_unique<SparseOutput>(result.encoding, ViewOf(result.output), bytes_ + bits[i]);
  }
}

void Response::SetComputeTime(int item, std::chrono::nanoseconds time) {
  results_[item].time = time;
  if (is_late_) return;
  WritePadded(ToWire(time), kTimeBytes, reinterpret_cast<uint8_t*>(bytes_ + results_[item].time_at));
}

void Response::SetBackend(int item, v1::Backend backend) {
  results_[item].backend = backend;
  if (!is_late_) bytes_[results_[item].backend_at] = static_cast<std::byte>(backend);
}

grpc::ByteBuffer Response::Encode() { return is_late_ ? Gather() : grpc::ByteBuffer(&slice_, 1); }

grpc::ByteBuffer Response::Gather() {
  Counter counter;
  PutAll(counter);
  const grpc::Slice headers(counter.at() - counter.data());
  Gatherer gatherer(headers, slice_);
  PutAll(gatherer);
  return gatherer.Message();
}

}  // namespace actserve
