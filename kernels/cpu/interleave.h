// Elements beside each other, taken apart and put together again.
#pragma once

#include <cstddef>
#include <cstdint>

namespace actserve::cpu {

// first[i] = from[2 i], second[i] = from[2 i + 1] for i < n elements of `size` bytes, 2, 4 or 8. No address need be
// aligned. And back.
void Deinterleave(size_t size, const std::byte* from, int64_t n, std::byte* first, std::byte* second);
void Interleave(size_t size, const std::byte* first, const std::byte* second, int64_t n, std::byte* to);

}  // namespace actserve::cpu
