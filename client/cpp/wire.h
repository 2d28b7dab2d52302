// Between the library's types and the wire's messages. Tensors' bytes are shared, not copied. For the library itself.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "actserve/v1/activation.pb.h"
#include "client/cpp/item.h"
#include "grpcpp/support/byte_buffer.h"

namespace actserve::client {

// The methods that carry a batch of each kind of item.
template <class Item>
struct Batch;

template <>
struct Batch<EvaluateItem> {
  using Result = EvaluateResult;
  static constexpr char kCall[] = "/actserve.v1.ActivationService/Evaluate";
  static constexpr char kStream[] = "/actserve.v1.ActivationService/EvaluateStream";
};

template <>
struct Batch<GradientItem> {
  using Result = GradientResult;
  static constexpr char kCall[] = "/actserve.v1.ActivationService/Gradient";
  static constexpr char kStream[] = "/actserve.v1.ActivationService/GradientStream";
};

template <class Item>
using ResultOf = typename Batch<Item>::Result;

template <class Item>
grpc::ByteBuffer ToRequest(const std::vector<Item>& items, Backend backend);

// INTERNAL if the response is none, or has not `expected` results; a result that makes no sense is INTERNAL by itself.
// `decode` is that of ClientOptions.
template <class Item>
absl::StatusOr<Results<ResultOf<Item>>> FromResponse(const grpc::ByteBuffer& response, size_t expected,
                                                     bool decode = true);

// What all of that says of a server's answer.
absl::Status Nonsense(std::string what);

// INTERNAL for a type that this library does not know.
absl::StatusOr<DataType> FromWire(int type);

}  // namespace actserve::client
