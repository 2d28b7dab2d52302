// Responses: protobuf's own reading of tags and numbers, but tensors' bytes stay where the transport put them.
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_format.h"
#include "client/cpp/buffer.h"
#include "client/cpp/errors.h"
#include "client/cpp/wire.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "kernels/api/status.h"
#include "proto/fields.h"

namespace actserve::client {
namespace {

using google::protobuf::internal::WireFormatLite;

using tags::Delimited, tags::Fixed64, tags::Varint;

// What was read, before anything of it is believed.
struct WireTensor {
  int data_type = 0;
  std::vector<int64_t> shape;
  v1::Quantization quantization;
  absl::Cord data;
};
struct WireSparseTensor {
  int data_type = 0;
  std::vector<int64_t> shape;
  int encoding = 0;
  absl::Cord negative_zeros, bitmap, indices, values;
};
struct WireParameter {
  std::string name;
  double scalar = 0;
  std::optional<WireTensor> tensor;
};
struct WireResult {
  v1::ItemStatus status;
  int backend = 0;
  uint64_t compute_time_ns = 0;
  std::vector<WireParameter> parameter_gradients;
  std::optional<WireTensor> gate_gradient;
  std::optional<WireTensor> output;
  std::optional<WireSparseTensor> sparse_output;
};

class Decoder {
 public:
  explicit Decoder(const grpc::ByteBuffer& message)
      : message_(message), bytes_(FromBuffer(message_)), reader_(&message_), in_(&reader_) {}

  // Reads at most so many results, and says how many there are; once. None: the bytes are no response.
  std::optional<size_t> Run(size_t most, std::vector<WireResult>& results) {
    size_t count = 0;
    in_.PushLimit(static_cast<int>(bytes_.size()));
    const bool is_message = Rest([&](uint32_t tag) {
      if (tag != Delimited(ResponseFields::kResultsFieldNumber) || ++count > most) return Skip(tag);
      return Read(results.emplace_back());
    });
    return is_message ? std::optional(count) : std::nullopt;
  }

 private:
  // Each reads what follows a field's tag.
  bool Read(WireResult& result) {
    return Message([&](uint32_t tag) {
      switch (tag) {
        case Delimited(ResultFields::kStatusFieldNumber): {
          std::string status;
          return Read(status) && result.status.MergeFromString(status);
        }
        case Varint(ResultFields::kBackendFieldNumber): return Read(result.backend);
        case Varint(ResultFields::kComputeTimeNsFieldNumber): return Read(result.compute_time_ns);
        case Delimited(ResultFields::kParameterGradientsFieldNumber):
          return Read(result.parameter_gradients.emplace_back());
        case Delimited(ResultFields::kGateGradientFieldNumber):
          return Read(result.gate_gradient ? *result.gate_gradient : result.gate_gradient.emplace());
        case Delimited(ResultFields::kInputGradientFieldNumber):
          return Read(result.output ? *result.output : result.output.emplace());
        case Delimited(ResultFields::kSparseInputGradientFieldNumber):
          return Read(result.sparse_output ? *result.sparse_output : result.sparse_output.emplace());
        default: return Skip(tag);
      }
    });
  }

  bool Read(WireParameter& parameter) {
    return Message([&](uint32_t tag) {
      switch (tag) {
        case Delimited(v1::Parameter::kNameFieldNumber): return Read(parameter.name);
        case Fixed64(v1::Parameter::kScalarFieldNumber): {
          parameter.tensor.reset();
          uint64_t bits = 0;
          if (!in_.ReadLittleEndian64(&bits)) return false;
          parameter.scalar = std::bit_cast<double>(bits);
          return true;
        }
        case Delimited(v1::Parameter::kTensorFieldNumber):
          return Read(parameter.tensor ? *parameter.tensor : parameter.tensor.emplace());
        default: return Skip(tag);
      }
    });
  }

  bool Read(WireTensor& tensor) {
    return Message([&](uint32_t tag) {
      switch (tag) {
        case Varint(v1::Tensor::kDataTypeFieldNumber): return Read(tensor.data_type);
        case Varint(v1::Tensor::kShapeFieldNumber): return Read(tensor.shape.emplace_back());
        case Delimited(v1::Tensor::kShapeFieldNumber): return ReadPacked(tensor.shape);
        case Delimited(v1::Tensor::kQuantizationFieldNumber): {
          std::string quantization;
          return Read(quantization) && tensor.quantization.MergeFromString(quantization);
        }
        case Delimited(v1::Tensor::kDataFieldNumber): return Read(tensor.data);
        default: return Skip(tag);
      }
    });
  }

  bool Read(WireSparseTensor& tensor) {
    using Fields = v1::SparseTensor;
    return Message([&](uint32_t tag) {
      switch (tag) {
        case Varint(Fields::kDataTypeFieldNumber): return Read(tensor.data_type);
        case Varint(Fields::kShapeFieldNumber): return Read(tensor.shape.emplace_back());
        case Delimited(Fields::kShapeFieldNumber): return ReadPacked(tensor.shape);
        case Varint(Fields::kEncodingFieldNumber): return Read(tensor.encoding);
        case Delimited(Fields::kNegativeZerosFieldNumber): return Read(tensor.negative_zeros);
        case Delimited(Fields::kBitmapFieldNumber): return Read(tensor.bitmap);
        case Delimited(Fields::kIndicesFieldNumber): return Read(tensor.indices);
        case Delimited(Fields::kValuesFieldNumber): return Read(tensor.values);
        default: return Skip(tag);
      }
    });
  }

  bool ReadPacked(std::vector<int64_t>& numbers) {
    const Limit limit(*this);
    while (limit.ok && in_.BytesUntilLimit() > 0) {
      if (!Read(numbers.emplace_back())) return false;
    }
    return limit.ok;
  }

  // Where they lie.
  bool Read(absl::Cord& bytes) {
    int size = 0;
    if (!Length(size)) return false;
    bytes = bytes_.Subcord(in_.CurrentPosition(), size);
    return in_.Skip(size);
  }

  bool Read(std::string& text) {
    int size = 0;
    return Length(size) && in_.ReadString(&text, size);
  }

  template <class Number>
  bool Read(Number& number) {
    uint64_t bits = 0;
    if (!in_.ReadVarint64(&bits)) return false;
    number = static_cast<Number>(bits);  // the low bits, as protobuf has it
    return true;
  }

  bool Length(int& size) { return in_.ReadVarintSizeAsInt(&size) && size <= in_.BytesUntilLimit(); }
  bool Skip(uint32_t tag) { return WireFormatLite::SkipField(&in_, tag); }

  // The end of what a length announces.
  struct Limit {
    explicit Limit(Decoder& decoder) : in(decoder.in_) {
      int size = 0;
      ok = decoder.Length(size);
      if (ok) before = in.PushLimit(size);
    }
    ~Limit() {
      if (ok) in.PopLimit(before);
    }
    google::protobuf::io::CodedInputStream& in;
    google::protobuf::io::CodedInputStream::Limit before = 0;
    bool ok = false;
  };

  // Calls field(tag) for each field of a message, or for each until the limit.
  template <class Field>
  bool Message(Field field) {
    const Limit limit(*this);
    return limit.ok && Rest(field);
  }
  template <class Field>
  bool Rest(Field field) {
    while (const uint32_t tag = in_.ReadTag()) {
      if (!field(tag)) return false;
    }
    return in_.ConsumedEntireMessage() && in_.BytesUntilLimit() == 0;
  }

  grpc::ByteBuffer message_;
  const absl::Cord bytes_;
  grpc::ProtoBufferReader reader_;
  google::protobuf::io::CodedInputStream in_;
};

// A few bytes do not keep a message's memory.
absl::Cord OnItsOwn(absl::Cord bytes) {
  return bytes.size() < kFewBytes ? ToCord(std::string(bytes)) : std::move(bytes);
}

Quantization FromMessage(const v1::Quantization& message) {
  Quantization quantization{.scales = {message.scale().begin(), message.scale().end()},
                            .zero_points = {message.zero_point().begin(), message.zero_point().end()}};
  if (message.has_axis()) quantization.axis = message.axis();
  return quantization;
}

absl::StatusOr<Tensor> ToTensor(WireTensor wire) {
  const absl::StatusOr<DataType> type = FromWire(wire.data_type);
  if (!type.ok()) return type.status();
  const absl::StatusOr<Shape> shape = Shape::Make(wire.shape);
  if (!shape.ok()) return Nonsense(std::string(shape.status().message()));
  absl::StatusOr<Tensor> tensor =
      Tensor::Make(*type, *shape, OnItsOwn(std::move(wire.data)), FromMessage(wire.quantization));
  if (!tensor.ok()) return Nonsense(std::string(tensor.status().message()));
  return tensor;
}

absl::StatusOr<SparseTensor> ToSparseTensor(WireSparseTensor wire) {
  const absl::StatusOr<DataType> type = FromWire(wire.data_type);
  if (!type.ok()) return type.status();
  const absl::StatusOr<Shape> shape = Shape::Make(wire.shape);
  if (!shape.ok()) return Nonsense(std::string(shape.status().message()));
  const bool is_bitmap = wire.encoding == v1::OUTPUT_ENCODING_BITMAP;
  if (!is_bitmap && wire.encoding != v1::OUTPUT_ENCODING_TWO_FOUR) {
    return Nonsense(absl::StrFormat("output encoding %d", wire.encoding));
  }
  absl::StatusOr<SparseTensor> tensor =
      SparseTensor::Make(is_bitmap ? Encoding::kBitmap : Encoding::kTwoFour, *type, *shape,
                         OnItsOwn(std::move(is_bitmap ? wire.bitmap : wire.indices)),
                         OnItsOwn(std::move(wire.negative_zeros)), OnItsOwn(std::move(wire.values)));
  if (!tensor.ok())
    return Nonsense(absl::StrFormat("%s: %s", FieldOf(tensor.status()), std::string(tensor.status().message())));
  return tensor;
}

// In the place of an output that is not made dense.
Tensor Nothing(DataType type) {
  const int64_t dims[] = {0};
  return *Tensor::Make(type, *Shape::Make(dims), absl::Cord());
}

Tensor& OutputOf(EvaluateResult& result) { return result.output; }
Tensor& OutputOf(GradientResult& result) { return result.input_gradient; }

// What only gradients have.
absl::Status AddOthers(WireResult, EvaluateResult&) { return absl::OkStatus(); }
absl::Status AddOthers(WireResult wire, GradientResult& result) {
  if (wire.gate_gradient.has_value()) {
    absl::StatusOr<Tensor> gradient = ToTensor(*std::move(wire.gate_gradient));
    if (!gradient.ok()) return gradient.status();
    result.gate_gradient = *std::move(gradient);
  }
  for (WireParameter& parameter : wire.parameter_gradients) {
    if (!parameter.tensor.has_value()) {
      result.parameter_gradients.push_back({std::move(parameter.name), parameter.scalar});
      continue;
    }
    absl::StatusOr<Tensor> tensor = ToTensor(*std::move(parameter.tensor));
    if (!tensor.ok()) return tensor.status();
    result.parameter_gradients.push_back({std::move(parameter.name), *std::move(tensor)});
  }
  return absl::OkStatus();
}

template <class Result>
absl::StatusOr<Result> ToResult(WireResult wire, bool decode) {
  if (absl::Status status = FromItem(wire.status); !status.ok()) return status;
  if (wire.output.has_value() == wire.sparse_output.has_value()) {
    return Nonsense(wire.output.has_value() ? "a result with two outputs" : "a result without an output");
  }
  Result result{Tensor()};
  Tensor& dense = OutputOf(result);
  if (wire.output.has_value()) {
    absl::StatusOr<Tensor> output = ToTensor(*std::move(wire.output));
    if (!output.ok()) return output.status();
    result.received_bytes = output->size();
    dense = *std::move(output);
  } else {
    absl::StatusOr<SparseTensor> output = ToSparseTensor(*std::move(wire.sparse_output));
    if (!output.ok()) return output.status();
    result.received_bytes = output->size();
    dense = decode ? output->ToDense() : Nothing(output->type());
    result.sparse = *std::move(output);
  }
  result.backend = wire.backend == v1::BACKEND_CUDA ? Backend::kCuda : Backend::kCpu;
  result.compute_time = absl::Nanoseconds(wire.compute_time_ns);
  if (absl::Status status = AddOthers(std::move(wire), result); !status.ok()) return status;
  return result;
}

}  // namespace

template <class Item>
absl::StatusOr<Results<ResultOf<Item>>> FromResponse(const grpc::ByteBuffer& response, size_t expected, bool decode) {
  std::vector<WireResult> wire;
  wire.reserve(expected);
  const std::optional<size_t> count = Decoder(response).Run(expected, wire);
  if (!count.has_value()) return Nonsense("it cannot be decoded");
  if (*count != expected) return Nonsense(absl::StrFormat("%d results for %d items", *count, expected));
  Results<ResultOf<Item>> results;
  results.reserve(expected);
  for (WireResult& result : wire) results.push_back(ToResult<ResultOf<Item>>(std::move(result), decode));
  return results;
}

template absl::StatusOr<Results<EvaluateResult>> FromResponse<EvaluateItem>(const grpc::ByteBuffer&, size_t, bool);
template absl::StatusOr<Results<GradientResult>> FromResponse<GradientItem>(const grpc::ByteBuffer&, size_t, bool);

}  // namespace actserve::client
