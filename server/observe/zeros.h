// The sparsity of outputs, cheaply enough for every item.
#pragma once

#include <cstdint>

#include "kernels/api/tensor_view.h"

namespace actserve {

// A larger tensor is judged by so many elements.
inline constexpr int64_t kZerosSample = 64;

// The share of elements that are zero, of either sign: 0 to 1; 0 of an empty tensor. Exact up to kZerosSample elements;
// beyond that taken from a few runs at random places, so that it is right on average over many tensors. Any thread.
double ShareOfZeros(const MutableTensorView& tensor);

}  // namespace actserve
