// Counts of bits, of which there is one for each element.
#pragma once

#include <cstdint>

namespace actserve::analyse {

// Set bits among [begin, begin + n) of words.
int64_t CountBits(const uint64_t* words, int64_t begin, int64_t n);

// Groups of four, one after the other, among bits [begin, begin + n) that have at least two set.
int64_t CountConforming(const uint64_t* words, int64_t begin, int64_t n);

// counts[i] += bit begin + i, for n bits.
void AddBits(const uint64_t* words, int64_t begin, int64_t n, uint16_t* counts);

}  // namespace actserve::analyse
