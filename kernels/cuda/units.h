// How a call can be taken apart, and calls put together, without any result's bits depending on it.
#pragma once

#include <cstdint>
#include <optional>

#include "kernels/api/call.h"

namespace actserve::cuda {

// A call as a sequence of units that follow each other in every tensor, have equal parts of it, and can be computed
// apart: elements; rows, or bundles of rows that share memory; slices with all channels, of parameters or scales, or
// all operands.
struct Units {
  int64_t count = 0;
  // One is of this shape, in the input; several are along its first axis, whose extent is 1. The others are no more
  // than what makes a difference: the call's axis, if it has one, and those of its quantizations by channel.
  Shape shape = {};
  int axis = 0;
  std::optional<int> input_axis = {}, gate_axis = {}, output_axis = {};
  int64_t of_channel = 1;  // elements of each channel, or rows, in a unit
  int64_t of_range = 1;    // and in a range of a sum
  int64_t step = 1;        // parts begin at multiples of it, so that sums keep their order

  int64_t elements() const { return shape.elements(); }  // of the input in a unit
  // The range of a channel's sum, or the row, that a part begins with, at a multiple of step.
  int64_t RangeOf(int64_t unit) const;
};

Units UnitsOf(const Call& call);

// The same computation on so many units. Its operands have shapes and types but no data; a Program needs no more.
Call CallOf(const Call& call, const Units& units, int64_t count);

// Whether both can be computed as one, their units one after another: the same function with the same parameters, on
// the same types. Never with gradients of parameters, which are sums.
bool CanMerge(const Call& a, const Call& b);

}  // namespace actserve::cuda
