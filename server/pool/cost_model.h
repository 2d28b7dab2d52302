// What calls cost on this machine's CPU, measured when the server starts.
#pragma once

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "kernels/api/backend.h"
#include "kernels/api/call.h"

namespace actserve {

// Constant after construction, and safe from any thread.
class CostModel {
 public:
  // Runs every function once or twice on a little data: some milliseconds.
  explicit CostModel(const Backend& backend);

  // The time that one thread takes for a call, roughly: for an operand in the caches, contiguous rows and short
  // parameters it is within a factor of two.
  std::chrono::nanoseconds Estimate(const Call& call) const;

  // Of one element at default parameters, beside what a call costs whatever its size.
  double NanosecondsPerElement(int function, Direction direction, DataType type) const;
  std::chrono::nanoseconds per_call() const { return per_call_; }

 private:
  using ByType = std::array<double, 4>;
  std::vector<std::array<ByType, 2>> costs_;  // [function][direction][type]: ns an element
  std::chrono::nanoseconds per_call_{0};
};

}  // namespace actserve
