#include "server/wire/response.h"

#include <grpcpp/support/proto_buffer_writer.h>

#include <string>

#include "server/wire/data_type.h"

namespace actserve {
namespace {

constexpr int kBlock = 1024 * 1024;  // bytes of one slice of an encoded message, at most

MutableTensorView Allocate(v1::Tensor& tensor, DataType type, const Shape& shape) {
  tensor.set_data_type(ToWire(type));
  tensor.mutable_shape()->Add(shape.dims().begin(), shape.dims().end());
  MutableTensorView view{type, shape, nullptr};
  std::string* data = tensor.mutable_data();
  data->resize(view.bytes());
  view.data = reinterpret_cast<std::byte*>(data->data());
  return view;
}

grpc::ByteBuffer EncodeMessage(const google::protobuf::MessageLite& message) {
  const size_t size = message.ByteSizeLong();
  grpc::ByteBuffer buffer;
  if (size == 0) {
    const grpc::Slice empty;
    return grpc::ByteBuffer(&empty, 1);
  }
  grpc::ProtoBufferWriter writer(&buffer, kBlock, static_cast<int>(size));
  message.SerializeToZeroCopyStream(&writer);
  return buffer;
}

}  // namespace

template <class Set>
void Response::WithResult(int item, Set set) {
  if (evaluate_ != nullptr) {
    set(*evaluate_->mutable_results(item));
  } else {
    set(*gradient_->mutable_results(item));
  }
}

void Response::Reset(Direction direction, int items) {
  if (direction == Direction::kEvaluate) {
    evaluate_ = google::protobuf::Arena::CreateMessage<v1::EvaluateResponse>(&arena_);
    for (int i = 0; i < items; ++i) evaluate_->add_results();
  } else {
    gradient_ = google::protobuf::Arena::CreateMessage<v1::GradientResponse>(&arena_);
    for (int i = 0; i < items; ++i) gradient_->add_results();
  }
}

void Response::SetId(int item, std::string_view id) {
  WithResult(item, [&](auto& result) { result.set_id(id.data(), id.size()); });
}

void Response::SetError(int item, int code, std::string_view message, std::string_view field) {
  WithResult(item, [&](auto& result) {
    v1::ItemStatus& status = *result.mutable_status();
    status.set_code(code);
    status.set_message(message.data(), message.size());
    status.set_field(field.data(), field.size());
  });
}

void Response::SetComputed(int item, v1::Backend backend, std::chrono::nanoseconds time) {
  WithResult(item, [&](auto& result) {
    result.set_backend(backend);
    result.set_compute_time_ns(time.count());
  });
}

MutableTensorView Response::AddOutput(int item, DataType type, const Shape& shape) {
  v1::Tensor* tensor = evaluate_ != nullptr ? evaluate_->mutable_results(item)->mutable_output()
                                            : gradient_->mutable_results(item)->mutable_input_gradient();
  return Allocate(*tensor, type, shape);
}

MutableTensorView Response::AddParameterGradient(int item, std::string_view name, bool number, DataType type,
                                                 const Shape& shape) {
  v1::Parameter* parameter = gradient_->mutable_results(item)->add_parameter_gradients();
  parameter->set_name(name.data(), name.size());
  if (!number) return Allocate(*parameter->mutable_tensor(), type, shape);
  double& value = numbers_.emplace_back(parameter, 0.0).second;
  return {type, shape, reinterpret_cast<std::byte*>(&value)};
}

grpc::ByteBuffer Response::Encode() {
  for (const auto& [parameter, value] : numbers_) parameter->set_scalar(value);
  return evaluate_ != nullptr ? EncodeMessage(*evaluate_) : EncodeMessage(*gradient_);
}

}  // namespace actserve
