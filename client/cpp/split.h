// How a tensor is cut into pieces that are computed by themselves, with the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "actserve/v1/activation.pb.h"
#include "client/cpp/item.h"

namespace actserve::client {

// Pieces along dimension 0 of `shape`: the tensor's own, or flat where its elements are independent of each other.
struct SplitPlan {
  Shape shape;
  int64_t pieces = 1;  // at most shape.dim(0)
  Shape output;        // of what the pieces' outputs, or input gradients, make up

  int64_t begin(int64_t piece) const { return shape.dim(0) * piece / pieces; }
  int64_t end(int64_t piece) const { return begin(piece + 1); }
};

// A plan with as few pieces of about the same size as it takes for none to exceed `piece_bytes`, at
// `bytes_per_element`. Element-wise functions (without an axis) are cut anywhere, the others along dimension 0. None
// where that is the axis itself, where the axis is not one of the shape (the server says what is wrong with it), or
// where the least that can be cut is larger. The output is of that shape.
std::optional<SplitPlan> PlanSplit(const Shape& shape, v1::FunctionKind kind, std::optional<int> axis,
                                   size_t bytes_per_element, size_t piece_bytes);

// The same of an item, whose gate, if it has one, is cut as the input is; none as well for a gradient that wants those
// of parameters, which are sums over the whole tensor whose bits depend on where the terms stand, for an upstream or a
// gate of another shape than there should be (the server says so), and for 2:4.
std::optional<SplitPlan> PlanSplit(const EvaluateItem& item, v1::FunctionKind kind, size_t piece_bytes);
std::optional<SplitPlan> PlanSplit(const GradientItem& item, v1::FunctionKind kind, size_t piece_bytes);

// What an item takes in the request or in the answer, whichever is more; names and the like not counted.
size_t MessageBytes(const EvaluateItem& item);
size_t MessageBytes(const GradientItem& item);

// One of the plan's pieces; it shares the item's bytes.
EvaluateItem Piece(const EvaluateItem& item, const SplitPlan& plan, int64_t piece);
GradientItem Piece(const GradientItem& item, const SplitPlan& plan, int64_t piece);

// The pieces' results, all of them and in their order, as the item's, whose output is of `shape`, and its gate gradient
// if it has one; shares their bytes. They are dense. Times and received bytes are added up. INTERNAL if they are not
// what the pieces asked for.
absl::StatusOr<EvaluateResult> Join(std::vector<EvaluateResult> pieces, const Shape& shape);
absl::StatusOr<GradientResult> Join(std::vector<GradientResult> pieces, const Shape& shape);

}  // namespace actserve::client
