#include "client/cli/split.h"

namespace actserve::client {
namespace {

// As activation.proto defines it where no axis is given.
int DefaultAxis(v1::FunctionKind kind, int rank) {
  return kind == v1::FUNCTION_KIND_ROWWISE ? rank - 1 : std::min(1, rank - 1);
}

}  // namespace

std::optional<SplitPlan> PlanSplit(const Shape& shape, v1::FunctionKind kind, std::optional<int> axis,
                                   size_t bytes_per_element, size_t piece_bytes) {
  SplitPlan plan;
  if (kind == v1::FUNCTION_KIND_ELEMENTWISE && !axis.has_value()) {
    const int64_t dims[] = {shape.elements()};
    plan.shape = *Shape::Make(dims);
  } else {
    const int rank = shape.rank();
    int along = axis.value_or(DefaultAxis(kind, rank));
    if (along < 0) along += rank;
    if (along <= 0 || along >= rank) return std::nullopt;
    plan.shape = shape;
  }
  const size_t slice_bytes = static_cast<size_t>(plan.shape.inner(0)) * bytes_per_element;
  if (slice_bytes == 0 || slice_bytes > piece_bytes || plan.shape.dim(0) == 0) return std::nullopt;
  plan.slices_per_piece = static_cast<int64_t>(piece_bytes / slice_bytes);
  return plan;
}

}  // namespace actserve::client
