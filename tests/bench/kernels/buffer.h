// Memory for operands, and what is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "kernels/api/data_type.h"

namespace actserve::bench {

// Every page is there from the start, and large pages are asked for: what is timed are not page faults and, for
// everyone alike, as few misses of the TLB as may be.
class Buffer {
 public:
  explicit Buffer(size_t bytes);
  ~Buffer();
  Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_) {}
  Buffer& operator=(Buffer&&) = delete;

  std::byte* data() const { return data_; }

 private:
  std::byte* data_;
  size_t bytes_;
};

enum class Distribution {
  kNormal,    // standard normal, for upstream gradients
  kActivity,  // normal with a standard deviation of 2: pre-activations that reach into both tails
  kWide,      // uniform over [-100, 100]: nearly all in the tails, or saturated
  // Normal with a standard deviation of 2 and such means that relu makes zeros of so many hundredths of them.
  k50Zeros,
  k90Zeros,
  k99Zeros,
};

// Fills it with `elements` random elements: the same ones each time, and again after 2^18 of them.
void Fill(Buffer& buffer, DataType type, int64_t elements, Distribution distribution);

}  // namespace actserve::bench
