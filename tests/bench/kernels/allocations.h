// Counts heap allocations.
#pragma once

#include <cstdint>

namespace actserve::bench {

// How often this thread has asked malloc or its kin for memory, by operator new or directly, from any library. A
// program that uses this gets a malloc of its own, which counts and calls glibc's.
uint64_t Allocations();

}  // namespace actserve::bench
