// Digests of numbers.
#pragma once

#include <cstdint>

namespace actserve::golden {

// 64-bit FNV-1a (draft-eastlake-fnv): tells results apart that differ in a bit, and needs no library. It is no defence
// against anyone who means harm.
class Digest {
 public:
  // The low `count` bytes of `value`, the lowest first, whatever order the machine keeps them in.
  void AddBytes(uint64_t value, int count) {
    for (int i = 0; i < count; ++i) {
      state_ = (state_ ^ (value >> (8 * i) & 0xff)) * 0x100000001b3;
    }
  }
  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 0xcbf29ce484222325;
};

}  // namespace actserve::golden
