// Between the library's types and the wire's messages. Bytes are moved, not copied. For the library itself.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "actserve/v1/activation.pb.h"
#include "client/cpp/item.h"

namespace actserve::client {

// The messages that carry a batch of each kind of item.
template <class Item>
struct Batch;

template <>
struct Batch<EvaluateItem> {
  using Result = EvaluateResult;
  using Request = v1::EvaluateRequest;
  using Response = v1::EvaluateResponse;
};

template <>
struct Batch<GradientItem> {
  using Result = GradientResult;
  using Request = v1::GradientRequest;
  using Response = v1::GradientResponse;
};

template <class Item>
using ResultOf = typename Batch<Item>::Result;

template <class Item>
typename Batch<Item>::Request ToRequest(std::vector<Item> items, Backend backend);

// INTERNAL if the response has not `expected` results; a result that makes no sense is INTERNAL by itself.
template <class Item>
absl::StatusOr<Results<ResultOf<Item>>> FromResponse(typename Batch<Item>::Response response, size_t expected);

v1::DataType ToWire(DataType type);
// INTERNAL for a type that this library does not know.
absl::StatusOr<DataType> FromWire(v1::DataType type);

}  // namespace actserve::client
