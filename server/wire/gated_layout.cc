#include "server/wire/gated_layout.h"

#include "absl/strings/str_format.h"

namespace actserve {

v1::GatedLayout ToWire(GatedLayout layout) {
  switch (layout) {
    case GatedLayout::kHalves: return v1::GATED_LAYOUT_HALVES;
    case GatedLayout::kHalvesGateFirst: return v1::GATED_LAYOUT_HALVES_GATE_FIRST;
    case GatedLayout::kInterleaved: return v1::GATED_LAYOUT_INTERLEAVED;
    case GatedLayout::kInterleavedGateFirst: return v1::GATED_LAYOUT_INTERLEAVED_GATE_FIRST;
  }
  return v1::GATED_LAYOUT_UNSPECIFIED;
}

absl::StatusOr<GatedLayout> LayoutFromWire(int layout) {
  switch (layout) {
    case v1::GATED_LAYOUT_HALVES: return GatedLayout::kHalves;
    case v1::GATED_LAYOUT_HALVES_GATE_FIRST: return GatedLayout::kHalvesGateFirst;
    case v1::GATED_LAYOUT_INTERLEAVED: return GatedLayout::kInterleaved;
    case v1::GATED_LAYOUT_INTERLEAVED_GATE_FIRST: return GatedLayout::kInterleavedGateFirst;
    default:
      return absl::InvalidArgumentError(
          absl::StrFormat("%d is not a layout; expected GATED_LAYOUT_HALVES (1), GATED_LAYOUT_HALVES_GATE_FIRST (2), "
                          "GATED_LAYOUT_INTERLEAVED (3) or GATED_LAYOUT_INTERLEAVED_GATE_FIRST (4)",
                          layout));
  }
}

}  // namespace actserve
