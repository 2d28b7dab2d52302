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

// Where elements are no zeros, and where they are -0.
struct Word {
  uint64_t nonzero = 0, negative_zero = 0;
};

template <class T>
HWY_INLINE Word LookAtFew(const T* from, int64_t n) {
  constexpr T kSign = static_cast<T>(T{1} << (8 * sizeof(T) - 1));
  Word word;
  for (int64_t i = 0; i < n; ++i) {
    T bits;
    std::memcpy(&bits, from + i, sizeof bits);
    word.nonzero |= uint64_t{static_cast<T>(bits & ~kSign) != 0} << i;
    word.negative_zero |= uint64_t{bits == kSign} << i;
  }
  return word;
}

// Asks for what will be read, and what will be written: about half as much.
HWY_INLINE void Prefetch(const std::byte* ahead, size_t bytes, void* to) {
  constexpr size_t kLine = 64, kToAhead = 2048;
  for (size_t i = 0; i < bytes; i += kLine) __builtin_prefetch(ahead + i, 0, 2);
  for (size_t i = 0; i < bytes / 2; i += kLine) __builtin_prefetch(static_cast<std::byte*>(to) + kToAhead + i, 1, 3);
}

template <class T>
HWY_INLINE int64_t MoveFew(uint64_t stored, const T* from, T* to) {
  const int64_t count = std::popcount(stored);
  for (; stored != 0; stored &= stored - 1) std::memcpy(to++, from + std::countr_zero(stored), sizeof(T));
  return count;
}

// What is stored of the elements that the word is of, with the bits that go out for it.
template <bool kTwoFour>
struct Choice {
  uint64_t stored, positions, negative_zeros;
  int misfit = -1;

  HWY_INLINE Choice(const Word& word, int64_t n)
      : stored(word.nonzero), positions(word.nonzero), negative_zeros(word.negative_zero) {
    if constexpr (kTwoFour) {
      stored = positions = 0;
      for (int64_t i = 0; i < n; i += 8) {
        const auto bits = word.nonzero >> i & 0xff;
        // Of four elements there may be none any more.
        const uint64_t there = i + 8 <= n ? 0xff : 0x0f;
        stored |= (kTwoOfFour.stored[bits] & there) << i;
        positions |= (kTwoOfFour.indices[bits] & there) << i;
      }
      negative_zeros &= ~stored;
      if (const uint64_t left_out = word.nonzero & ~stored; left_out != 0) misfit = std::countr_zero(left_out) / 4 * 4;
    }
  }
};

template <class T, bool kTwoFour>
HWY_INLINE Compressed Compress(const T* from, int64_t n, std::byte* positions, std::byte* negative_zeros, T* to,
                               const std::byte* ahead) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(d));
  constexpr T kSign = static_cast<T>(T{1} << (8 * sizeof(T) - 1));
  const auto magnitude = hn::Set(d, static_cast<T>(~kSign)), sign = hn::Set(d, kSign), zero = hn::Zero(d);
  Compressed result;
  uint64_t any_negative_zero = 0;
  const auto put = [&](const Choice<kTwoFour>& choice, int64_t first, int64_t count) HWY_ATTR {
    const size_t bytes = static_cast<size_t>(count + 7) / 8;
    std::memcpy(positions + first / 8, &choice.positions, bytes);
    std::memcpy(negative_zeros + first / 8, &choice.negative_zeros, bytes);
    any_negative_zero |= choice.negative_zeros;
    if (choice.misfit >= 0 && result.misfit < 0) result.misfit = first + choice.misfit;
  };
  T* const begin = to;
  int64_t first = 0;
  for (; first + kWord <= n; first += kWord) {
    if (ahead != nullptr) Prefetch(ahead + first * sizeof(T), kWord * sizeof(T), to);
    Word word;
    hn::Mask<decltype(d)> negative[kWord / kLanes];
    auto any_negative = hn::MaskFromVec(zero);
#pragma GCC unroll 8
    for (int64_t i = 0; i < kWord; i += kLanes) {
      const auto v = hn::LoadU(d, from + first + i);
      const auto nonzero = hn::Ne(hn::And(v, magnitude), zero);
      negative[i / kLanes] = hn::Eq(v, sign);
      any_negative = hn::Or(any_negative, negative[i / kLanes]);
      const uint64_t bits = ToBits(d, nonzero);
      word.nonzero |= bits << i;
      if constexpr (!kTwoFour) {
        hn::StoreU(hn::Compress(v, nonzero), d, to);  // beyond what is kept, into what was read
        to += std::popcount(bits);
      }
    }
    if (!hn::AllFalse(d, any_negative)) {  // no function's zeros are -0 now and then: all, half, or none
      for (int64_t i = 0; i < kWord; i += kLanes) word.negative_zero |= ToBits(d, negative[i / kLanes]) << i;
    }
    const Choice<kTwoFour> choice(word, kWord);
    put(choice, first, kWord);
    if constexpr (kTwoFour) {
      for (int64_t i = 0; i < kWord; i += kLanes) {
        const auto v = hn::LoadU(d, from + first + i);
        const uint64_t bits = choice.stored >> i;
        hn::StoreU(hn::Compress(v, ToMask(d, bits)), d, to);
        to += kLanes >= 4 ? kLanes / 2 : std::popcount(bits & ((1 << kLanes) - 1));
      }
    }
  }
  if (first < n) {
    const Choice<kTwoFour> choice(LookAtFew(from + first, n - first), n - first);
    put(choice, first, n - first);
    to += MoveFew(choice.stored, from + first, to);
  }
  result.stored = to - begin;
  result.has_negative_zeros = any_negative_zero != 0;
  return result;
}

template <bool kTwoFour>
Compressed CompressBytes(size_t size, const std::byte* from, int64_t n, std::byte* positions, std::byte* negative_zeros,
                         std::byte* to, const std::byte* ahead) {
  const auto of = [&]<class T>(T) HWY_ATTR {
    return Compress<T, kTwoFour>(reinterpret_cast<const T*>(from), n, positions, negative_zeros,
                                 reinterpret_cast<T*>(to), ahead);
  };
  switch (size) {
    case 1: return of(uint8_t{});
    case 2: return of(uint16_t{});
    case 4: return of(uint32_t{});
    default: return of(uint64_t{});
  }
}

Compressed ToBitmap(size_t size, const std::byte* from, int64_t n, std::byte* positions, std::byte* negative_zeros,
                    std::byte* to, const std::byte* ahead) {
  return CompressBytes<false>(size, from, n, positions, negative_zeros, to, ahead);
}
Compressed ToTwoOfFour(size_t size, const std::byte* from, int64_t n, std::byte* positions, std::byte* negative_zeros,
                       std::byte* to, const std::byte* ahead) {
  return CompressBytes<true>(size, from, n, positions, negative_zeros, to, ahead);
}

}  // namespace
}  // namespace actserve::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::cpu {
namespace {
HWY_EXPORT(ToBitmap);
HWY_EXPORT(ToTwoOfFour);
}  // namespace

Compressed CompressToBitmap(size_t size, const std::byte* from, int64_t n, std::byte* positions,
                            std::byte* negative_zeros, std::byte* to, const std::byte* ahead) {
  return HWY_DYNAMIC_DISPATCH(ToBitmap)(size, from, n, positions, negative_zeros, to, ahead);
}

Compressed CompressTwoOfFour(size_t size, const std::byte* from, int64_t n, std::byte* positions,
                             std::byte* negative_zeros, std::byte* to, const std::byte* ahead) {
  return HWY_DYNAMIC_DISPATCH(ToTwoOfFour)(size, from, n, positions, negative_zeros, to, ahead);
}

}  // namespace actserve::cpu
#endif
