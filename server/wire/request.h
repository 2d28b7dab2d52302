// Requests as the handlers see them: both directions alike, and only views into what arrived. This is the seam between
// the transport and the service: how the bytes become these views is nobody else's business.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "kernels/api/call.h"
#include "server/wire/message.h"
#include "server/wire/tensor.h"

namespace actserve {

// What one item may have on the wire: many more than any function takes, few enough to bound what decoding allocates.
inline constexpr int kMaxWireParameters = 64;
inline constexpr int kMaxWireDimensions = 64;
inline constexpr int kMaxWireScales = 65536;

struct WireParameter {
  std::string_view name;
  std::variant<std::monostate, double, WireTensor> value;  // the tensor's data lie together
};

struct WireItem {
  std::string_view id;
  std::string_view function;
  std::vector<WireParameter> parameters;
  std::optional<int> axis;
  int output_type = 0;  // any number
  std::optional<WireQuantization> output_quantization;
  int output_encoding = 0;  // any number
  int layout = 0;           // any number
  int overflow = 0;         // any number
  bool input_gradient_only = false;
  std::optional<WireTensor> input;
  std::optional<WireTensor> gate;
  std::optional<WireTensor> upstream;

  // Says nothing at all.
  bool empty() const { return function.empty() && !input && !upstream && parameters.empty(); }
};

// A decoded request. Keeps alive what the views of its items point into.
class Request {
 public:
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  // Takes over what arrived, for the next two; once. Leaves `message` empty.
  void Receive(grpc::ByteBuffer& message) { message_.Take(message); }
  // Far cheaper than to decode them. Of bytes that are no message it may say anything.
  bool HasMoreItemsThan(int most) const;

  // Decodes an EvaluateRequest or a GradientRequest, by protobuf's rules; once per object. INVALID_ARGUMENT if the
  // bytes are none (no field), hold no items or more than `max_items` (field "items"), or an item with more parameters
  // or a tensor with more dimensions or scales than the above.
  absl::Status Decode(Direction direction, int max_items) { return Decode(direction, message_.chunks(), max_items); }
  // The same of bytes that outlive the request.
  absl::Status Decode(Direction direction, std::span<const Chunk> message, int max_items);

  int backend() const { return backend_; }  // any number
  std::span<const WireItem> items() const { return items_; }

  // Bytes of names and parameters that lay across slices, and were put together. Inputs never are.
  int64_t copied_bytes() const { return copied_bytes_; }

 private:
  friend class Decoder;

  Message message_;
  struct Copy {
    std::string bytes;
    Chunk chunk;
  };
  std::list<Copy> copies_;
  int64_t copied_bytes_ = 0;
  int backend_ = 0;
  std::vector<WireItem> items_;
};

}  // namespace actserve
