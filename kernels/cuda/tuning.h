// How kernels are cut into blocks: what is the same on every architecture, and what the host chooses for a device. The
// figures follow from the resources of a multiprocessor; none was measured.
#pragma once

#include <cstddef>

namespace actserve::cuda {

// Element-wise kernels. 256 threads with 16 bytes of each operand in flight fill a multiprocessor's memory pipeline
// from a quarter of its threads on, so two vectors a thread are only for what a block does once: its parameters, and
// the few elements that are set aside, which a block's threads compute together.
struct ElementwiseShape {
  static constexpr int kThreads = 256;
  static constexpr int kVectors = 2;
  // On a multiprocessor: 64 registers a thread at most, or 128 where many parameters are to be at hand.
  static constexpr int BlocksAtLeast(size_t params) { return params > 4 ? 2 : 4; }
  // Elements in a vector: 16 bytes; where types are not known (0), 16 bytes of numbers.
  static constexpr int VectorOf(size_t number, size_t element) {
    return static_cast<int>(16 / (element == 0 ? number : element));
  }
};

// Row-wise kernels: threads of a block of half-warps, each with a row of its own, and at most of one with one row.
struct RowShape {
  static constexpr int kThreads = 128;
  static constexpr int kBlocksAtLeast = 4;  // on a multiprocessor: 128 registers a thread at most
  static constexpr int kBlockThreads = 512;
  // Of one that adds up gradients of parameters, or streams a row of f64: more than 128 registers each.
  static constexpr int kSumThreads = 256;
  static constexpr int StreamThreads(size_t number) { return number == 8 ? kSumThreads : kBlockThreads; }
};

}  // namespace actserve::cuda
