#include "kernels/cpu/compress.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/compress.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

#include "kernels/cpu/pack-inl.h"

// As many lanes as can be put together at once.
#if HWY_TARGET == HWY_AVX2
template <class T>
using Lanes = std::conditional_t<(sizeof(T) < 4), hn::Rebind<T, hn::ScalableTag<uint32_t>>, hn::ScalableTag<T>>;
#else
template <class T>
using Lanes = hn::ScalableTag<T>;
#endif

constexpr int64_t kWord = 64;  // elements whose bits are kept together

// Two of each four elements, for eight of them by a bit for each: the bits of those that are stored, and their indices.
// Where fewer than two are no zeros, others go with them: 0 and 2, 1 and 2, else 2 and 3.
struct TwoOfFour {
  std::array<uint8_t, 256> stored{}, indices{};

  constexpr TwoOfFour() {
    for (int bits = 0; bits < 256; ++bits) {
      for (int shift = 0; shift < 8; shift += 4) {
        const int pair = PairOf(bits >> shift & 15);
        stored[bits] |= (1 << (pair & 3) | 1 << (pair >> 2)) << shift;
        indices[bits] |= pair << shift;
      }
    }
  }

  static constexpr int PairOf(int four) {
    int found[4] = {}, count = 0;
    for (int i = 0; i < 4; ++i) {
      if (four >> i & 1) found[count++] = i;
    }
    if (count >= 2) return found[0] | found[1] << 2;
    if (count == 1 && found[0] < 2) return found[0] | 2 << 2;
    return 2 | 3 << 2;
  }
};
constexpr TwoOfFour kTwoOfFour;

template <class D>
HWY_INLINE uint64_t ToBits(D d, hn::Mask<D> mask) {
  // As many bytes are read as were written: the processor would have to wait for others.
  constexpr size_t kBytes = (hn::MaxLanes(d) + 7) / 8;
  using Bits = std::conditional_t<
      kBytes == 1, uint8_t,
      std::conditional_t<kBytes == 2, uint16_t, std::conditional_t<kBytes == 4, uint32_t, uint64_t>>>;
  uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, mask, bytes);
  Bits bits;
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

template <class D>
HWY_INLINE hn::Mask<D> ToMask(D d, uint64_t bits) {
  uint8_t bytes[8];
  std::memcpy(bytes, &bits, sizeof bits);
  return hn::LoadMaskBits(d, bytes);
}

template <class T>
constexpr T kSign = static_cast<T>(T{1} << (8 * sizeof(T) - 1));

// Bits for up to kWord elements, by what is said of each.
template <class T, class Is>
HWY_INLINE uint64_t BitsOfFew(const T* from, int64_t n, Is is) {
  uint64_t bits = 0;
  for (int64_t i = 0; i < n; ++i) {
    T element;
    std::memcpy(&element, from + i, sizeof element);
    bits |= uint64_t{is(element)} << i;
  }
  return bits;
}
template <class T>
HWY_INLINE uint64_t NegativeZerosOfFew(const T* from, int64_t n) {
  return BitsOfFew(from, n, [](T element) { return element == kSign<T>; });
}
template <class T>
HWY_INLINE uint64_t NonzeroOfFew(const T* from, int64_t n) {
  return BitsOfFew(from, n, [](T element) { return static_cast<T>(element & ~kSign<T>) != 0; });
}
HWY_INLINE void PutBits(uint64_t bits, int64_t first, int64_t count, std::byte* to) {
  std::memcpy(to + first / 8, &bits, static_cast<size_t>(count + 7) / 8);
}

// Bits for where elements are -0; whether any is.
template <class T>
HWY_INLINE bool MarkNegativeZeros(const T* from, int64_t n, std::byte* bits) {
  const Lanes<T> d;
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(d));
  const auto sign = hn::Set(d, kSign<T>);
  uint64_t any = 0;
  for (int64_t first = 0, count; first < n; first += count) {
    count = std::min(kWord, n - first);
    uint64_t word = 0;
    if (count == kWord) {
#pragma GCC unroll 8
      for (int64_t i = 0; i < kWord; i += kLanes) word |= ToBits(d, hn::Eq(hn::LoadU(d, from + first + i), sign)) << i;
    } else {
      word = NegativeZerosOfFew(from + first, count);
    }
    PutBits(word, first, count, bits);
    any |= word;
  }
  return any != 0;
}

// Asks for what will be read, and what will be written: about half as much.
HWY_INLINE void Prefetch(const std::byte* ahead, size_t bytes, void* to) {
  constexpr size_t kLine = 64, kToAhead = 2048;
  for (size_t i = 0; i < bytes; i += kLine) __builtin_prefetch(ahead + i, 0, 3);
  for (size_t i = 0; i < bytes / 2; i += kLine) __builtin_prefetch(static_cast<std::byte*>(to) + kToAhead + i, 1, 3);
}

template <class T>
HWY_INLINE int64_t MoveFew(uint64_t stored, const T* from, T* to) {
  const int64_t count = std::popcount(stored);
  for (; stored != 0; stored &= stored - 1) std::memcpy(to++, from + std::countr_zero(stored), sizeof(T));
  return count;
}

template <class T>
HWY_INLINE Compressed ToBitmap(const T* from, int64_t n, std::byte* positions, std::byte* negative_zeros, T* to,
                               const std::byte* ahead) {
  const Lanes<T> d;
  const hn::RebindToSigned<decltype(d)> di;  // of these, -0 is the least
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(d));
  const auto magnitude = hn::Set(d, static_cast<T>(~kSign<T>));
  auto least = hn::Zero(di);
  // Negative zeros, of which most outputs have none, are marked once some have been found; but before they are written
  // over.
  const bool is_in_place = to <= from && from < to + n;
  Compressed result;
  if (is_in_place) result.has_negative_zeros = MarkNegativeZeros(from, n, negative_zeros);
  T* const begin = to;
  int64_t first = 0;
  for (; kLanes > 1 && first + kWord <= n; first += kWord) {
    if (ahead != nullptr) Prefetch(ahead + first * sizeof(T), kWord * sizeof(T), to);
    // All is read before any is written: where to comes of counts, and processors have loads wait for such addresses.
    hn::Vec<decltype(d)> v[kWord / kLanes];
    hn::Mask<decltype(d)> nonzero[kWord / kLanes];
    uint64_t word = 0;
#pragma GCC unroll 8
    for (int64_t i = 0; i < kWord / kLanes; ++i) {
      v[i] = hn::LoadU(d, from + first + i * kLanes);
      nonzero[i] = hn::Ne(hn::And(v[i], magnitude), hn::Zero(d));
      word |= ToBits(d, nonzero[i]) << (i * kLanes);
      least = hn::Min(least, hn::BitCast(di, v[i]));
    }
    PutBits(word, first, kWord, positions);
#pragma GCC unroll 8
    for (int64_t i = 0; i < kWord / kLanes; ++i) {  // beyond what is kept, into what was read
      hn::StoreU(Pack(d, v[i], nonzero[i]), d, to + std::popcount(word & ((uint64_t{1} << (i * kLanes)) - 1)));
    }
    to += std::popcount(word);
  }
  bool any_negative = !hn::AllFalse(di, hn::Eq(least, hn::BitCast(di, hn::Set(d, kSign<T>))));
  for (int64_t count; first < n; first += count) {
    count = std::min(kWord, n - first);
    any_negative |= NegativeZerosOfFew(from + first, count) != 0;
    const uint64_t word = NonzeroOfFew(from + first, count);
    PutBits(word, first, count, positions);
    to += MoveFew(word, from + first, to);
  }
  result.stored = to - begin;
  if (any_negative && !is_in_place) result.has_negative_zeros = MarkNegativeZeros(from, n, negative_zeros);
  if (!result.has_negative_zeros) std::memset(negative_zeros, 0, static_cast<size_t>(n + 7) / 8);
  return result;
}

// Which of up to kWord elements are stored, by which are no zeros, and the bits that go out for it.
struct Choice {
  uint64_t stored = 0, positions = 0;
  int misfit = -1;

  HWY_INLINE Choice(uint64_t nonzero, int64_t n) {
    for (int64_t i = 0; i < n; i += 8) {
      const auto bits = nonzero >> i & 0xff;
      // Of four elements there may be none any more.
      const uint64_t there = i + 8 <= n ? 0xff : 0x0f;
      stored |= (kTwoOfFour.stored[bits] & there) << i;
      positions |= (kTwoOfFour.indices[bits] & there) << i;
    }
    if (const uint64_t left_out = nonzero & ~stored; left_out != 0) misfit = std::countr_zero(left_out) / 4 * 4;
  }
};

template <class T>
HWY_INLINE Compressed ToTwoOfFour(const T* from, int64_t n, std::byte* positions, std::byte* negative_zeros, T* to,
                                  const std::byte* ahead) {
  const Lanes<T> d;
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(d));
  const auto magnitude = hn::Set(d, static_cast<T>(~kSign<T>));
  Compressed result;
  const bool any_negative = MarkNegativeZeros(from, n, negative_zeros);
  T* const begin = to;
  for (int64_t first = 0, count; first < n; first += count) {
    count = std::min(kWord, n - first);
    if (ahead != nullptr) Prefetch(ahead + first * sizeof(T), count * sizeof(T), to);
    uint64_t nonzero = 0;
    if (count == kWord) {
      for (int64_t i = 0; i < kWord; i += kLanes) {
        nonzero |= ToBits(d, hn::Ne(hn::And(hn::LoadU(d, from + first + i), magnitude), hn::Zero(d))) << i;
      }
    } else {
      nonzero = NonzeroOfFew(from + first, count);
    }
    const Choice choice(nonzero, count);
    PutBits(choice.positions, first, count, positions);
    if (choice.misfit >= 0 && result.misfit < 0) result.misfit = first + choice.misfit;
    if (any_negative) {  // those that are stored are marked no more
      uint64_t word = 0;
      std::memcpy(&word, negative_zeros + first / 8, static_cast<size_t>(count + 7) / 8);
      word &= ~choice.stored;
      PutBits(word, first, count, negative_zeros);
      result.has_negative_zeros |= word != 0;
    }
    if (count < kWord) {
      to += MoveFew(choice.stored, from + first, to);
      continue;
    }
    for (int64_t i = 0; i < kWord; i += kLanes) {
      const uint64_t bits = choice.stored >> i;
      hn::StoreU(Pack(d, hn::LoadU(d, from + first + i), ToMask(d, bits)), d, to);
      to += kLanes >= 4 ? kLanes / 2 : std::popcount(bits & ((1 << kLanes) - 1));
    }
  }
  result.stored = to - begin;
  return result;
}

// body(T()) for the elements' type, as bits.
template <class Body>
HWY_INLINE Compressed ForSize(size_t size, Body body) {
  switch (size) {
    case 1: return body(uint8_t{});
    case 2: return body(uint16_t{});
    case 4: return body(uint32_t{});
    default: return body(uint64_t{});
  }
}

Compressed BytesToBitmap(size_t size, const std::byte* from, int64_t n, std::byte* positions, std::byte* negative_zeros,
                         std::byte* to, const std::byte* ahead) {
  return ForSize(size, [&]<class T>(T) HWY_ATTR {
    return ToBitmap(reinterpret_cast<const T*>(from), n, positions, negative_zeros, reinterpret_cast<T*>(to), ahead);
  });
}
Compressed BytesToTwoOfFour(size_t size, const std::byte* from, int64_t n, std::byte* positions,
                            std::byte* negative_zeros, std::byte* to, const std::byte* ahead) {
  return ForSize(size, [&]<class T>(T) HWY_ATTR {
    return ToTwoOfFour(reinterpret_cast<const T*>(from), n, positions, negative_zeros, reinterpret_cast<T*>(to), ahead);
  });
}

}  // namespace
}  // namespace actserve::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::cpu {
namespace {
HWY_EXPORT(BytesToBitmap);
HWY_EXPORT(BytesToTwoOfFour);
}  // namespace

Compressed CompressToBitmap(size_t size, const std::byte* from, int64_t n, std::byte* positions,
                            std::byte* negative_zeros, std::byte* to, const std::byte* ahead) {
  return HWY_DYNAMIC_DISPATCH(BytesToBitmap)(size, from, n, positions, negative_zeros, to, ahead);
}

Compressed CompressTwoOfFour(size_t size, const std::byte* from, int64_t n, std::byte* positions,
                             std::byte* negative_zeros, std::byte* to, const std::byte* ahead) {
  return HWY_DYNAMIC_DISPATCH(BytesToTwoOfFour)(size, from, n, positions, negative_zeros, to, ahead);
}

}  // namespace actserve::cpu
#endif
