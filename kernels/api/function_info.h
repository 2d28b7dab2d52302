// What is known of a function besides its arithmetic: stated once, beside the formula, and read by the server's
// ListFunctions, the command line, the documentation and the tests.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <string_view>

namespace actserve {

enum class FunctionKind {
  kElementwise,  // y[i] depends on x[i] and scalar parameters
  kPerChannel,   // y[i] depends on x[i] and the parameters of i's channel
  kRowwise,      // y[i] depends on the row along the axis that i lies in
  kGated,        // y[i] depends on a linear operand u[i], its gate g[i] (or more) and scalar parameters
};

// Where a gated function's operands lie in one input, along an axis: one after the other, or element beside element.
enum class GatedLayout { kHalves, kHalvesGateFirst, kInterleaved, kInterleavedGateFirst };

inline constexpr GatedLayout kGatedLayouts[] = {GatedLayout::kHalves, GatedLayout::kHalvesGateFirst,
                                                GatedLayout::kInterleaved, GatedLayout::kInterleavedGateFirst};

// "HALVES", "HALVES_GATE_FIRST", "INTERLEAVED" or "INTERLEAVED_GATE_FIRST".
constexpr std::string_view Name(GatedLayout layout) {
  switch (layout) {
    case GatedLayout::kHalves: return "HALVES";
    case GatedLayout::kHalvesGateFirst: return "HALVES_GATE_FIRST";
    case GatedLayout::kInterleaved: return "INTERLEAVED";
    case GatedLayout::kInterleavedGateFirst: return "INTERLEAVED_GATE_FIRST";
  }
  return "";
}

enum class ParamShape {
  kScalar,            // one number
  kChannels,          // one number, or [channels]
  kSegmentsChannels,  // [segments], or [segments, channels]; all such parameters of a call have the same segments
};

inline constexpr int kMaxParams = 10;
inline constexpr int kMaxSegments = 64;
inline constexpr int kMaxPieces = 64;
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct ParamInfo {
  std::string_view name;
  std::string_view summary;
  double fallback = 0;      // the value where the caller gives none, unless required
  double min = -kInfinity;  // inclusive; checked for scalars, and for each element of a tensor
  double max = kInfinity;
  ParamShape shape = ParamShape::kScalar;
  bool learnable = false;  // has a gradient
  bool required = false;
  bool is_count = false;  // of a row's elements: a whole number, no more than there are
  bool integer = false;   // whole numbers only
};

// At the default parameters; for functions that require some (prelu, aplu), at those that its comment there names. What
// tests expect at ±inf and 0. Of gated functions: by the gate, at a linear operand of 1.
struct Limits {
  double value_at_minus_infinity;
  double value_at_plus_infinity;
  double derivative_at_minus_infinity;
  double derivative_at_plus_infinity;
  double derivative_at_zero;
};

// Parameters in the order that the formula's enum names them; the first without a name ends the list.
struct ParamList {
  std::array<ParamInfo, kMaxParams> items{};

  constexpr size_t size() const {
    size_t n = 0;
    while (n < items.size() && !items[n].name.empty()) ++n;
    return n;
  }
  constexpr const ParamInfo* begin() const { return items.data(); }
  constexpr const ParamInfo* end() const { return items.data() + size(); }
  constexpr const ParamInfo& operator[](size_t i) const { return items[i]; }
};

struct FunctionInfo {
  std::string_view name;
  std::string_view aliases = "";  // separated by commas
  std::string_view summary;
  std::string_view formula;
  std::string_view derivative;
  FunctionKind kind = FunctionKind::kElementwise;
  ParamList params = {};
  Limits limits = {};               // not for row-wise functions
  bool in_f64 = false;              // the arithmetic is in f64 whatever the types; row-wise functions only
  std::string_view reference = "";  // where it was published
  std::string_view usage = "";      // models and layers that are known for it
  // Gated functions: the layout of packed operands where the caller names none, and why that one.
  GatedLayout layout = GatedLayout::kHalves;
  std::string_view layout_reason = "";
  int pieces = -1;  // the parameter that says how many operands there are, where there may be others than two
};

}  // namespace actserve
