// What is computed, and on which operands.
#pragma once

#include <cstdint>
#include <optional>

#include "kernels/api/call.h"
#include "tests/bench/kernels/buffer.h"

namespace actserve::bench {

struct Workload {
  const Function* function = nullptr;
  Direction direction = Direction::kEvaluate;
  DataType type = DataType::kF32;
  Shape shape;
  std::optional<int> axis;
  Distribution data = Distribution::kActivity;

  // What the integers of i8 and u8 stand for, in and out.
  static constexpr float kScale[] = {0.05f};
  Quantization quantization() const { return IsQuantized(type) ? Quantization{kScale, {}, {}} : Quantization{}; }

  int64_t elements() const { return shape.elements(); }
  // Read and written by a run, each operand once: x and y, or x, dy and dx.
  int64_t bytes() const { return elements() * BytesPerElement(direction, type); }
  static int64_t BytesPerElement(Direction direction, DataType type) {
    return (direction == Direction::kEvaluate ? 2 : 3) * static_cast<int64_t>(SizeOf(type));
  }
};

// `elements` (a multiple of kElementsStep) elements of a function's natural shape: flat; with 64 channels last; rows of
// 1024.
inline constexpr int64_t kElementsStep = 1024;
Workload NaturalWorkload(const Function& function, Direction direction, DataType type, int64_t elements);

// The operands that all entrants share; each of them has the place to itself while it runs.
struct Operands {
  explicit Operands(const Workload& workload);

  Buffer x, dy;  // dy is empty for kEvaluate
  Buffer out;    // y or dx
};

}  // namespace actserve::bench
