// How sparse data is, in counts that add up exactly: by tensor, channel and row.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "kernels/analyse/scan.h"
#include "kernels/api/backend.h"
#include "kernels/api/input_view.h"

namespace actserve::analyse {

inline constexpr int64_t kMaxChannels = 65536;

struct ProfileOptions {
  double near_zero = 0.001;  // |x| up to this counts as nearly zero, as zeros do
  bool channels = false;
  std::optional<int> channel_axis = {};  // negative counts from the end; 1 unless given, or 0 in one dimension
};

struct Counts {
  int64_t elements = 0;
  int64_t zeros = 0;       // of either sign
  int64_t near_zeros = 0;  // zeros among them

  void Add(const Counts& other);
  friend bool operator==(const Counts&, const Counts&) = default;
};

// Counts of data; those of two parts, merged, are those of the whole, whatever the order. Rows lie along the last axis.
struct Profile {
  // Finite numbers that are not zero, by sign and exponent: 2^e <= |x| < 2^(e+1). The first and the last have what is
  // smaller and larger.
  static constexpr int kLeastExponent = Scan::kLeastExponent, kExponents = Scan::kExponents;
  static constexpr int kGreatestExponent = kLeastExponent + kExponents - 1;
  using Histogram = Scan::Histogram;
  // Rows by their share of zeros: [i/10, (i+1)/10), and at last those that have nothing else.
  using RowShares = std::array<int64_t, 11>;

  Counts total;
  int64_t nans = 0, infinities = 0;
  // Of what is finite; min > max if nothing is.
  double min = std::numeric_limits<double>::infinity(), max = -std::numeric_limits<double>::infinity();
  Histogram positive{}, negative{};
  // Aligned groups of four along rows, and those with at most two that are not zero. A row's last elements, if fewer
  // than four, are in none.
  int64_t groups = 0, conforming_groups = 0;
  int64_t rows = 0;
  double min_row_zeros = 1, max_row_zeros = 0;  // shares; meaningless without rows
  RowShares rows_by_zeros{}, rows_by_near_zeros{};
  std::vector<Counts> channels;  // empty unless asked for

  // The other has as many channels, or one of the two has none.
  void Merge(const Profile& other);
  friend bool operator==(const Profile&, const Profile&) = default;
};

// Counts `tensor` and adds that to `into` when it is finished; both outlive the execution. INVALID_ARGUMENT (field
// "options.…" or "tensor…") for a near_zero that is negative or not finite, a tensor without elements, an axis out of
// range, too many channels, or another number of them than `into` has.
absl::StatusOr<std::unique_ptr<Execution>> PrepareProfile(const ProfileOptions& options, const InputView& tensor,
                                                          Profile& into);

}  // namespace actserve::analyse
