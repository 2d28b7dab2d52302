// A call's parameters laid out for kernels: in the type of the arithmetic, and so that a loop reads them in order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "kernels/api/call.h"
#include "kernels/cpu/kernel.h"

namespace actserve::cpu {

// Immutable once built. Three layouts:
//   shared     one value for all elements
//   runs       one value for each channel, whose elements lie together in runs of `inner`
//   lanes      one value for each element of a period, for channels that change from element to element or nearly so:
//              the channels' values spread out over whole rows of channels
class Parameters {
 public:
  explicit Parameters(const Call& call);

  int segments() const { return segments_; }
  int slots() const { return segments_ * static_cast<int>(params_); }
  // Whether any value depends on the channel, and whether parameter i's does.
  bool by_channel() const { return layout_ != Layout::kShared; }
  bool by_channel(int param) const { return by_channel_[param]; }

  // The parameters of one channel, or of all elements where they are shared.
  KernelParams ForChannel(int64_t channel) const;

  // Calls body(first, count, params) for the pieces of [begin, end) in the flattened tensor that one kernel call
  // serves.
  template <class Body>
  void ForEachRun(int64_t begin, int64_t end, Body body) const {
    for (int64_t at = begin; at < end;) {
      int64_t stop = end;
      KernelParams params;
      switch (layout_) {
        case Layout::kShared: params = ForChannel(0); break;
        case Layout::kRuns:
          params = ForChannel(at / inner_ % channels_);
          stop = std::min(end, (at / inner_ + 1) * inner_);
          break;
        case Layout::kLanes:
          params = FromElement(at % period_);
          stop = std::min(end, at + period_ - at % period_);
          break;
      }
      body(at, stop - at, params);
      at = stop;
    }
  }

 private:
  enum class Layout { kShared, kRuns, kLanes };
  template <class Number>
  using Few = absl::InlinedVector<Number, kMaxParams>;

  KernelParams FromElement(int64_t element) const;
  void SpreadOverLanes();
  const void* Address(const double* doubles, const float* floats, int64_t i) const;

  Layout layout_ = Layout::kShared;
  bool f64_;
  int segments_ = 1;
  size_t params_;
  int64_t channels_ = 1, inner_ = 1, period_ = 1;
  std::array<bool, kMaxParams> by_channel_{};
  // [slot][channel]; one of the two is used. Most functions have few, and calls are often small.
  Few<double> f64_values_;
  Few<float> f32_values_;
  // [slot][period_ + a vector], for kLanes.
  std::vector<double> f64_lanes_;
  std::vector<float> f32_lanes_;
};

}  // namespace actserve::cpu
