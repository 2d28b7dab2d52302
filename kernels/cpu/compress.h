// Stored elements put together, and bits for where they were: see api/sparse.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace actserve::cpu {

struct Compressed {
  int64_t stored = 0;   // elements
  int64_t misfit = -1;  // two of four: the first element of the first group that has more than two; -1: there is none
  bool has_negative_zeros = false;
};

// Of n elements of `size` bytes those that are no zeros, or of each four two. `positions` and `negative_zeros` are
// written as far as there are bits of them, `to` anywhere in its first n elements. Addresses need not be aligned; `to`
// may be `from`, or before it. `ahead`, unless null, has as many bytes, which are fetched from memory meanwhile.
Compressed CompressToBitmap(size_t size, const std::byte* from, int64_t n, std::byte* positions,
                            std::byte* negative_zeros, std::byte* to, const std::byte* ahead = nullptr);
Compressed CompressTwoOfFour(size_t size, const std::byte* from, int64_t n, std::byte* positions,
                             std::byte* negative_zeros, std::byte* to, const std::byte* ahead = nullptr);

}  // namespace actserve::cpu
