// Elements of one byte to f64, exactly, and back with one rounding: see api/quantization.h and api/element.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/api/element.h"
#include "kernels/api/quantization.h"

namespace actserve::cpu {

// How the elements of one channel stand for numbers; f8 types know no scale and no zero point.
struct Coding {
  DataType type = DataType::kI8;
  Overflow overflow = Overflow::kNonSaturating;
  float scale = 1;
  int32_t zero_point = 0;

  Coding(DataType type, Overflow overflow, const Quantization& quantization, int64_t channel)
      : type(type), overflow(overflow) {
    if (!quantization.given()) return;
    scale = quantization.scales[channel];
    zero_point = quantization.zero_point(channel);
  }
};

// Addresses need not be aligned.
void ToDoubles(const Coding& coding, const std::byte* codes, double* numbers, int64_t n);
void FromDoubles(const Coding& coding, const double* numbers, std::byte* codes, int64_t n);

}  // namespace actserve::cpu
