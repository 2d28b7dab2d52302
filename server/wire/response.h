// Responses as the handlers make them: both directions alike. Kernels write into the buffers that this hands out.
#pragma once

#include <google/protobuf/arena.h>
#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <deque>
#include <string_view>
#include <utility>

#include "actserve/v1/activation.pb.h"
#include "kernels/api/call.h"
#include "kernels/api/tensor_view.h"

namespace actserve {

// Not for several threads at a time; but they may write into the tensors' data while nothing is called here.
class Response {
 public:
  Response() = default;
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;

  // Makes an EvaluateResponse or GradientResponse with a result for each of `items` items; first, and once.
  void Reset(Direction direction, int items);

  void SetId(int item, std::string_view id);
  // The item failed: its outputs, if any, go. `field` is the path from the request, such as "items[2].axis".
  void SetError(int item, int code, std::string_view message, std::string_view field);
  void SetComputed(int item, v1::Backend backend, std::chrono::nanoseconds time);

  // The item's output, or input gradient, to write into. Its data lives as long as the response.
  MutableTensorView AddOutput(int item, DataType type, const Shape& shape);
  // The gradient of a parameter, in the order of the calls, likewise. `number`: the client gave the parameter as a
  // number, and gets its gradient as one; then it is an f64 scalar.
  MutableTensorView AddParameterGradient(int item, std::string_view name, bool number, DataType type,
                                         const Shape& shape);

  // The message. Nothing else may be called afterwards.
  grpc::ByteBuffer Encode();

 private:
  // Calls `set` with the item's result, of whichever type.
  template <class Set>
  void WithResult(int item, Set set);

  google::protobuf::Arena arena_;
  v1::EvaluateResponse* evaluate_ = nullptr;  // one of the two, on the arena
  v1::GradientResponse* gradient_ = nullptr;
  std::deque<std::pair<v1::Parameter*, double>> numbers_;  // gradients that Encode moves into their messages
};

}  // namespace actserve
