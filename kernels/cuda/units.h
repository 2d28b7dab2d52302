// How a call can be taken apart, and calls put together, without any result's bits depending on it.
#pragma once

#include <cstdint>

#include "kernels/api/call.h"

namespace actserve::cuda {

// A call as a sequence of units that follow each other in every tensor, have equal parts of it, and can be computed
// apart: elements; rows, or bundles of rows that share memory; slices with all channels, or all operands.
struct Units {
  int64_t count = 0;
  int64_t extent = 1, inner = 1;  // of each in the input, along the axis and behind it
  int64_t of_channel = 1;         // elements of each channel, or rows, in a unit
  int64_t of_range = 1;           // and in a range of a sum
  int64_t step = 1;               // parts begin at multiples of it, so that sums keep their order

  int64_t elements() const { return extent * inner; }  // of the input in a unit
  // The range of a channel's sum, or the row, that a part begins with, at a multiple of step.
  int64_t RangeOf(int64_t unit) const;
};

Units UnitsOf(const Call& call);

// The same computation on so many units, as [units, extent, inner] along axis 1. Its operands have shapes and types but
// no data; a Program needs no more.
Call CallOf(const Call& call, const Units& units, int64_t count);

// Whether both can be computed as one, their units one after another: the same function with the same parameters, on
// the same types. Never with gradients of parameters, which are sums.
bool CanMerge(const Call& a, const Call& b);

}  // namespace actserve::cuda
