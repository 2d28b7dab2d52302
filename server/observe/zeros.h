// The sparsity of outputs, cheaply enough for every item.
#pragma once

#include <cstdint>

#include "kernels/api/quantization.h"
#include "kernels/api/tensor_view.h"

namespace actserve {

// A larger tensor is judged by so many elements: as many as f32 has in a cache line. That takes 10 to 15 ns.
inline constexpr int64_t kZerosSample = 16;

// The share of elements that are zero, of either sign (or of quantized types the zero point): 0 to 1; 0 of an empty
// tensor. Exact up to kZerosSample elements; beyond that taken from neighbours at a random place, so that it is right
// on average over many tensors. Any thread.
double ShareOfZeros(const MutableTensorView& tensor, const Quantization& quantization = {});

}  // namespace actserve
