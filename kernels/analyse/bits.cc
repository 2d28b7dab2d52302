#include "kernels/analyse/bits.h"

#include <algorithm>
#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/analyse/bits.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::analyse::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Bits [begin, begin + n), n <= 64, and zeros above them.
HWY_INLINE uint64_t Take(const uint64_t* words, int64_t begin, int64_t n) {
  const int64_t shift = begin % 64;
  uint64_t bits = words[begin / 64] >> shift;
  if (shift + n > 64) bits |= words[begin / 64 + 1] << (64 - shift);
  return n < 64 ? bits & ((uint64_t{1} << n) - 1) : bits;
}

// Calls body(bits, n) for each 64 of them, or the rest.
template <class Body>
HWY_INLINE void ForEachWord(const uint64_t* words, int64_t begin, int64_t n, Body body) {
  int64_t done = 0;
  if (begin % 64 == 0) {
    for (; done + 64 <= n; done += 64) body(words[(begin + done) / 64], 64);
  }
  for (; done < n; done += 64) {
    const int64_t count = std::min<int64_t>(64, n - done);
    body(Take(words, begin + done, count), count);
  }
}

int64_t CountBits(const uint64_t* words, int64_t begin, int64_t n) {
  int64_t count = 0;
  ForEachWord(words, begin, n, [&](uint64_t bits, int64_t) HWY_ATTR { count += std::popcount(bits); });
  return count;
}

int64_t CountConforming(const uint64_t* words, int64_t begin, int64_t n) {
  int64_t count = 0;
  ForEachWord(words, begin, n / 4 * 4, [&](uint64_t bits, int64_t) HWY_ATTR {
    const uint64_t pairs = bits - ((bits >> 1) & 0x5555555555555555);
    const uint64_t fours = (pairs & 0x3333333333333333) + ((pairs >> 2) & 0x3333333333333333);
    count += std::popcount((fours + 0x6666666666666666) & 0x8888888888888888);  // 2 + 6 has the bit, 1 + 6 has not
  });
  return count;
}

void AddBits(const uint64_t* words, int64_t begin, int64_t n, uint16_t* counts) {
  const hn::ScalableTag<uint16_t> d;
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(d));
  ForEachWord(words, begin, n, [&](uint64_t bits, int64_t count) HWY_ATTR {
    if (kLanes < 8 || count < 64) {
      for (int64_t i = 0; i < count; ++i) counts[i] += static_cast<uint16_t>(bits >> i & 1);
    } else {
      uint8_t bytes[8];
      std::memcpy(bytes, &bits, sizeof bits);
      for (int64_t i = 0; i < 64; i += kLanes) {
        const auto set = hn::VecFromMask(d, hn::LoadMaskBits(d, bytes + i / 8));  // -1 for each
        hn::StoreU(hn::Sub(hn::LoadU(d, counts + i), set), d, counts + i);
      }
    }
    counts += count;
  });
}

}  // namespace
}  // namespace actserve::analyse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::analyse {

HWY_EXPORT(CountBits);
HWY_EXPORT(CountConforming);
HWY_EXPORT(AddBits);

int64_t CountBits(const uint64_t* words, int64_t begin, int64_t n) {
  return HWY_DYNAMIC_DISPATCH(CountBits)(words, begin, n);
}
int64_t CountConforming(const uint64_t* words, int64_t begin, int64_t n) {
  return HWY_DYNAMIC_DISPATCH(CountConforming)(words, begin, n);
}
void AddBits(const uint64_t* words, int64_t begin, int64_t n, uint16_t* counts) {
  HWY_DYNAMIC_DISPATCH(AddBits)(words, begin, n, counts);
}

}  // namespace actserve::analyse
#endif
