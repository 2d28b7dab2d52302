// How a tensor too large for one message is cut into pieces that are computed by themselves.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "actserve/v1/activation.pb.h"
#include "client/cpp/tensor.h"

namespace actserve::client {

// Slices along dimension 0 of `shape`: the tensor's own, or flat where its elements are independent of each other.
struct SplitPlan {
  Shape shape;
  int64_t slices_per_piece = 1;

  int64_t pieces() const { return (shape.dim(0) + slices_per_piece - 1) / slices_per_piece; }
  int64_t begin(int64_t piece) const { return piece * slices_per_piece; }
  int64_t end(int64_t piece) const { return std::min(begin(piece + 1), shape.dim(0)); }
};

// A plan with pieces of at most `piece_bytes` of `bytes_per_element` each. Element-wise functions (without an axis) are
// cut anywhere, the others along dimension 0. None where that is the axis itself, where the axis is not one of the
// shape (the server says what is wrong with it), or where a single slice is larger.
std::optional<SplitPlan> PlanSplit(const Shape& shape, v1::FunctionKind kind, std::optional<int> axis,
                                   size_t bytes_per_element, size_t piece_bytes);

}  // namespace actserve::client
