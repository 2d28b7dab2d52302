#include "server/wire/request.h"

#include <grpcpp/support/proto_buffer_reader.h>

#include <type_traits>

#include "server/wire/limits.h"

namespace actserve {
namespace {

WireTensor View(const v1::Tensor& tensor) {
  return {.data_type = tensor.data_type(),
          .shape = {tensor.shape().data(), static_cast<size_t>(tensor.shape_size())},
          .data = std::as_bytes(std::span(tensor.data()))};
}

WireParameter View(const v1::Parameter& parameter) {
  WireParameter view{.name = parameter.name(), .value = {}};
  if (parameter.has_scalar()) view.value = parameter.scalar();
  if (parameter.has_tensor()) view.value = View(parameter.tensor());
  return view;
}

template <class Item>
WireItem View(const Item& item) {
  WireItem view;
  view.id = item.id();
  view.function = item.function();
  view.output_type = item.output_type();
  view.parameters.reserve(item.parameters_size());
  for (const v1::Parameter& parameter : item.parameters()) view.parameters.push_back(View(parameter));
  if (item.has_axis()) view.axis = item.axis();
  if (item.has_input()) view.input = View(item.input());
  if constexpr (std::is_same_v<Item, v1::GradientItem>) {
    view.input_gradient_only = item.input_gradient_only();
    if (item.has_upstream()) view.upstream = View(item.upstream());
  }
  return view;
}

}  // namespace

absl::Status Request::Decode(Direction direction, const grpc::ByteBuffer& message, int max_items) {
  if (absl::Status status = CheckCounts(message, max_items); !status.ok()) return status;
  return direction == Direction::kEvaluate ? DecodeAs<v1::EvaluateRequest>(message)
                                           : DecodeAs<v1::GradientRequest>(message);
}

template <class Message>
absl::Status Request::DecodeAs(const grpc::ByteBuffer& message) {
  grpc::ByteBuffer buffer = message;  // shares the bytes
  grpc::ProtoBufferReader reader(&buffer);
  auto* decoded = google::protobuf::Arena::CreateMessage<Message>(&arena_);
  if (!reader.status().ok() || !decoded->ParseFromZeroCopyStream(&reader)) {
    return absl::InvalidArgumentError("the message cannot be decoded as a request");
  }
  backend_ = decoded->backend();
  items_.reserve(decoded->items_size());
  for (const auto& item : decoded->items()) items_.push_back(View(item));
  return absl::OkStatus();
}

}  // namespace actserve
