// Rows of numbers that lie across memory, brought into line and back.
#pragma once

#include <cstddef>
#include <cstdint>

namespace actserve::cpu {

// to[c][r] = from[r][c] for numbers of `size` bytes, 4 or 8. Strides are in bytes; no address need be aligned.
void Transpose(size_t size, const std::byte* from, int64_t from_stride, int64_t rows, int64_t columns, std::byte* to,
               int64_t to_stride);

}  // namespace actserve::cpu
