// Requests as the handlers see them: both directions alike, and only views into what arrived. This is the seam between
// the transport and the service: how the bytes become these views is nobody else's business.
#pragma once

#include <google/protobuf/arena.h>
#include <grpcpp/support/byte_buffer.h>

#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "actserve/v1/activation.pb.h"
#include "kernels/api/call.h"
#include "server/wire/tensor.h"

namespace actserve {

struct WireParameter {
  std::string_view name;
  std::variant<std::monostate, double, WireTensor> value;
};

struct WireItem {
  std::string_view id;
  std::string_view function;
  std::vector<WireParameter> parameters;
  std::optional<int> axis;
  int output_type = 0;  // any number
  bool input_gradient_only = false;
  std::optional<WireTensor> input;
  std::optional<WireTensor> upstream;

  // Says nothing at all.
  bool empty() const { return function.empty() && !input && !upstream && parameters.empty(); }
};

// A decoded request. Owns what the views of its items point into.
class Request {
 public:
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  // Decodes an EvaluateRequest or a GradientRequest; once per object. INVALID_ARGUMENT if the bytes are none, or hold
  // no items or more than `max_items`.
  absl::Status Decode(Direction direction, const grpc::ByteBuffer& message, int max_items);

  int backend() const { return backend_; }  // any number
  std::span<const WireItem> items() const { return items_; }

 private:
  template <class Message>
  absl::Status DecodeAs(const grpc::ByteBuffer& message);

  google::protobuf::Arena arena_;
  int backend_ = 0;
  std::vector<WireItem> items_;
};

}  // namespace actserve
