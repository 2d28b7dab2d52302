// What an item of a call holds, and what must come back.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "client/cpp/item.h"
#include "client/load/scenario/scenario.pb.h"

namespace actserve::load {

// Both return INVALID_ARGUMENT, with the field at fault (kernels/api/status.h), for an item that no server would take.

// An item, of either direction: its input, and its upstream gradient if it has one, are drawn with the seed.
absl::StatusOr<client::GradientItem> MakeItem(const scenario::CallKind& kind, uint64_t seed);

// What the kernels that this program was built with make of it: results are the same bits everywhere. If it is to be
// evaluated, `input_gradient` is y.
absl::StatusOr<client::GradientResult> Compute(const client::GradientItem& item, bool is_gradient);

}  // namespace actserve::load
