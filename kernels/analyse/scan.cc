#include "kernels/analyse/scan.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "kernels/api/element.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/analyse/scan.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::analyse::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Codes of elements: where in the histogram they are counted, with the sign's bit, or not at all.
constexpr uint8_t kNegative = 0x80, kUncounted = 0x40;

// A type by the bits of its elements.
template <class Unsigned, DataType type, int bias, int fraction_bits>
struct Format {
  using Bits = Unsigned;
  static constexpr DataType kType = type;
  static constexpr int kFractionBits = fraction_bits;
  static constexpr Bits kSign = static_cast<Bits>(Bits{1} << (8 * sizeof(Bits) - 1));
  static constexpr Bits kInfinity = static_cast<Bits>((Bits{2} * bias + 1) << kFractionBits);
  static constexpr Bits kLeastField = bias + Scan::kLeastExponent;  // the field of the first exponent
};
using F64 = Format<uint64_t, DataType::kF64, 1023, 52>;
using F32 = Format<uint32_t, DataType::kF32, 127, 23>;
using BF16 = Format<uint16_t, DataType::kBF16, 127, 7>;

// Elements by magnitude and sign as integers in the same order, and back.
template <class Bits>
HWY_INLINE std::make_signed_t<Bits> ToOrder(Bits bits) {
  using Signed = std::make_signed_t<Bits>;
  constexpr auto kMost = std::numeric_limits<Signed>::max();
  const auto order = static_cast<Signed>(bits);
  return order < 0 ? static_cast<Signed>(order ^ kMost) : order;
}

template <class F>
void Widen(std::make_signed_t<typename F::Bits> order, Scan& scan) {
  const auto bits = static_cast<typename F::Bits>(ToOrder(static_cast<typename F::Bits>(order)));  // its own inverse
  const double value = LoadElement(F::kType, reinterpret_cast<const std::byte*>(&bits));
  scan.min = std::min(scan.min, value);
  scan.max = std::max(scan.max, value);
}

// Of a block that has infinities or NaNs: counts them, which the histogram has as the largest numbers, and looks at the
// others.
template <class F>
void LookAtEach(const typename F::Bits* from, int64_t n, Scan& scan) {
  using Bits = typename F::Bits;
  for (int64_t i = 0; i < n; ++i) {
    Bits bits;
    std::memcpy(&bits, from + i, sizeof bits);
    const auto magnitude = static_cast<Bits>(bits & ~F::kSign);
    if (magnitude < F::kInfinity) {
      Widen<F>(ToOrder(bits), scan);
      continue;
    }
    ++(magnitude == F::kInfinity ? scan.infinities : scan.nans);
    --(bits == magnitude ? scan.positive : scan.negative)[Scan::kExponents - 1];
  }
}

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

template <class F>
void ScanElements(const std::byte* elements, int64_t n, uint64_t near_bits, Scan& scan, uint64_t* zeros,
                  uint64_t* near_zeros) {
  using Bits = typename F::Bits;
  const auto* const from = reinterpret_cast<const Bits*>(elements);
  for (int64_t word = 0; word * 64 < n; ++word) {
    zeros[word] = near_zeros[word] = 0;
    for (int64_t i = word * 64; i < std::min(n, word * 64 + 64); ++i) {
      Bits bits;
      std::memcpy(&bits, from + i, sizeof bits);
      const auto magnitude = static_cast<Bits>(bits & ~F::kSign);
      zeros[word] |= uint64_t{magnitude == 0} << i % 64;
      near_zeros[word] |= uint64_t{magnitude <= near_bits} << i % 64;
      if (magnitude == 0) continue;
      const auto field = static_cast<int64_t>(magnitude >> F::kFractionBits) - static_cast<int64_t>(F::kLeastField);
      ++(bits == magnitude ? scan.positive : scan.negative)[std::clamp<int64_t>(field, 0, Scan::kExponents - 1)];
    }
  }
  LookAtEach<F>(from, n, scan);
}

#else

using DC = hn::ScalableTag<uint8_t>;
using VC = hn::Vec<DC>;

// Bits of several numbers that are added up, one for each bit of a vector.
HWY_INLINE void AddTwo(VC a, VC b, VC& sum, VC& carry) {
  const VC either = hn::Xor(sum, a), both = hn::And(sum, a);
  sum = hn::Xor(either, b);
  carry = hn::OrAnd(both, either, b);
}

// Of 2^kPlanes - 1 vectors, how many have each bit set, as binary numbers whose digits are `planes`.
template <int kPlanes, class Get>
HWY_INLINE void CountEachBit(Get get, int64_t first, VC* planes) {
  if constexpr (kPlanes == 1) {
    planes[0] = get(first);
  } else {
    constexpr int64_t kHalf = (int64_t{1} << (kPlanes - 1)) - 1;
    VC others[kPlanes - 1];
    CountEachBit<kPlanes - 1>(get, first, planes);
    CountEachBit<kPlanes - 1>(get, first + kHalf, others);
    VC carry = get(first + 2 * kHalf);
#pragma GCC unroll 8
    for (int i = 0; i < kPlanes - 1; ++i) AddTwo(others[i], carry, planes[i], carry);
    planes[kPlanes - 1] = carry;
  }
}

template <int kShift>
HWY_INLINE VC Shifted(VC v) {
  const hn::Repartition<uint16_t, DC> d;
  if constexpr (kShift < 0) return hn::BitCast(DC(), hn::ShiftLeft<-kShift>(hn::BitCast(d, v)));
  if constexpr (kShift > 0) return hn::BitCast(DC(), hn::ShiftRight<kShift>(hn::BitCast(d, v)));
  return v;
}

constexpr int kPlanes = 6;
constexpr int64_t kTogether = (1 << kPlanes) - 1;  // vectors of codes

// The numbers that the planes have for bit kBit, in sums of eight bytes.
template <int kBit, size_t... kPlane>
HWY_INLINE auto Sums(const VC* planes, std::index_sequence<kPlane...>) {
  VC bytes = hn::Zero(DC());
  ((bytes =
        hn::Or(bytes, hn::And(Shifted<kBit - static_cast<int>(kPlane)>(planes[kPlane]), hn::Set(DC(), 1 << kPlane)))),
   ...);
  return hn::SumsOf8(bytes);
}

// counts[i] += the sum over all bytes of the numbers for bit kFirst + i, for i < 4.
template <int kFirst>
HWY_INLINE void AddFourSums(const VC* planes, int64_t* counts) {
  constexpr auto kAll = std::make_index_sequence<kPlanes>();
  const hn::Repartition<uint64_t, DC> d;
  static_assert(kTogether * hn::MaxLanes(DC()) < 65536);  // so that four sums fit into one number
  const auto low = hn::Or(Sums<kFirst>(planes, kAll), hn::ShiftLeft<16>(Sums<kFirst + 1>(planes, kAll)));
  const auto high = hn::Or(Sums<kFirst + 2>(planes, kAll), hn::ShiftLeft<16>(Sums<kFirst + 3>(planes, kAll)));
  const uint64_t sums = hn::GetLane(hn::SumOfLanes(d, hn::Or(low, hn::ShiftLeft<32>(high))));
  for (int i = 0; i < 4; ++i) counts[i] += static_cast<int64_t>(sums >> (16 * i) & 0xffff);
}

// counts[i] += how many of kTogether vectors' codes are first + i, for i < 8.
HWY_NOINLINE void CountEight(const uint8_t* codes, uint8_t first, int64_t* counts) {
  // An index becomes a byte with one bit set; what has its highest bit set, nothing.
  alignas(16) constexpr uint8_t kOneBit[16] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128};
  const DC d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto table = hn::LoadDup128(d, kOneBit);
  const auto base = hn::Set(d, first), beyond = hn::Set(d, 0x78);
  VC planes[kPlanes];
  CountEachBit<kPlanes>(
      [&](int64_t i) HWY_ATTR {
        const auto index = hn::Sub(hn::LoadU(d, codes + i * lanes), base);  // 0 to 7, if it is of these
        return hn::TableLookupBytesOr0(table, hn::SaturatedAdd(index, beyond));
      },
      0, planes);
  AddFourSums<0>(planes, counts);
  AddFourSums<4>(planes, counts + 4);
}

// One look at whole vectors.
template <class F>
class Scanner {
 public:
  using Bits = typename F::Bits;
  using D = hn::ScalableTag<Bits>;
  using DS = hn::RebindToSigned<D>;
  using V = hn::Vec<D>;
  using Signed = std::make_signed_t<Bits>;
  static constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(D()));

  explicit Scanner(Bits near_bits) : beyond_near_(hn::Set(DS(), static_cast<Signed>(near_bits + 1))) {}

  // A whole vector's bits, and that it may be the extremes.
  HWY_INLINE void Look(const Bits* from, uint8_t* zeros, uint8_t* near_zeros) {
    const D d;
    const DS ds;
    const V x = hn::LoadU(d, from), magnitude = hn::AndNot(hn::Set(d, F::kSign), x);
    hn::StoreMaskBits(d, hn::Eq(magnitude, hn::Zero(d)), zeros);
    hn::StoreMaskBits(ds, hn::Lt(hn::BitCast(ds, magnitude), beyond_near_), near_zeros);
    const auto sign = hn::BitCast(d, hn::BroadcastSignBit(hn::BitCast(ds, x)));
    const auto order = hn::BitCast(ds, hn::Xor(x, hn::ShiftRight<1>(sign)));
    least_ = hn::Min(least_, order);
    greatest_ = hn::Max(greatest_, order);
  }
  // 64 elements.
  HWY_INLINE void Look(const Bits* from, uint64_t& zeros, uint64_t& near_zeros) {
    if constexpr (kLanes >= 8) {
      auto* const zero_bytes = reinterpret_cast<uint8_t*>(&zeros);
      auto* const near_bytes = reinterpret_cast<uint8_t*>(&near_zeros);
      for (int64_t i = 0; i < 64; i += kLanes) Look(from + i, zero_bytes + i / 8, near_bytes + i / 8);
    } else {
      zeros = near_zeros = 0;
      for (int64_t i = 0; i < 64; i += kLanes) {
        uint8_t zero_bits, near_bits;
        Look(from + i, &zero_bits, &near_bits);
        zeros |= uint64_t{zero_bits} << i;
        near_zeros |= uint64_t{near_bits} << i;
      }
    }
  }

  // Whether all were.
  bool is_finite() const {
    return least() > ToOrder(static_cast<Bits>(F::kSign | F::kInfinity)) && greatest() < ToOrder(F::kInfinity);
  }
  void AddExtremes(Scan& scan) const {
    Widen<F>(least(), scan);
    Widen<F>(greatest(), scan);
  }

 private:
  Signed least() const { return hn::GetLane(hn::MinOfLanes(DS(), least_)); }
  Signed greatest() const { return hn::GetLane(hn::MaxOfLanes(DS(), greatest_)); }

  const hn::Vec<DS> beyond_near_;
  hn::Vec<DS> least_ = hn::Set(DS(), std::numeric_limits<Signed>::max()),
              greatest_ = hn::Set(DS(), std::numeric_limits<Signed>::min());
};

using D16 = hn::ScalableTag<uint16_t>;

// The upper halves of numbers: they have all that a code is made of.
HWY_INLINE hn::Vec<D16> Upper(const uint16_t* from) { return hn::LoadU(D16(), from); }
HWY_INLINE hn::Vec<D16> Upper(const uint32_t* from) {
  const D16 d;
  const hn::ScalableTag<uint32_t> d32;
  return hn::ConcatOdd(d, hn::BitCast(d, hn::LoadU(d32, from + hn::Lanes(d32))), hn::BitCast(d, hn::LoadU(d32, from)));
}
HWY_INLINE hn::Vec<D16> Upper(const uint64_t* from) {
  uint16_t upper[hn::MaxLanes(D16())];
  for (size_t i = 0; i < hn::MaxLanes(D16()); ++i) upper[i] = static_cast<uint16_t>(from[i] >> 48);
  return hn::LoadU(D16(), upper);
}

// Of 64 elements, of which it is known where the zeros are.
template <class F>
HWY_INLINE void WriteCodes(const typename F::Bits* from, const uint64_t& zeros, uint8_t* codes) {
  constexpr int kFieldAt = F::kFractionBits - 8 * static_cast<int>(sizeof(typename F::Bits) - sizeof(uint16_t));
  const D16 d;
  const hn::Rebind<uint8_t, D16> d8;
  constexpr auto kStep = static_cast<int64_t>(hn::MaxLanes(d));
  const auto* const zero_bytes = reinterpret_cast<const uint8_t*>(&zeros);
  for (int64_t i = 0; i < 64; i += kStep) {
    const auto upper = Upper(from + i);
    const auto field = hn::ShiftRight<kFieldAt>(hn::And(upper, hn::Set(d, 0x7fff)));
    const auto code = hn::Min(hn::SaturatedSub(field, hn::Set(d, F::kLeastField)), hn::Set(d, Scan::kExponents - 1));
    const auto counted = hn::IfThenElse(hn::LoadMaskBits(d, zero_bytes + i / 8), hn::Set(d, kUncounted), code);
    const auto sign = hn::And(hn::ShiftRight<8>(upper), hn::Set(d, kNegative));
    const auto both = hn::BitCast(hn::RebindToSigned<D16>(), hn::Or(counted, sign));
    hn::StoreU(hn::DemoteTo(d8, both), d8, codes + i);
  }
}

// The eights of exponents that a sign's codes are of, a bit for each: those that are not counted are of none.
HWY_INLINE int Seen(VC seen) {
  alignas(64) uint8_t bytes[hn::MaxLanes(DC())];
  hn::Store(seen, DC(), bytes);
  int bits = 0;
  for (const uint8_t byte : bytes) bits |= byte;
  return bits;
}

// Of n codes, and room for kBlock.
void CountCodes(uint8_t* codes, int64_t n, Scan& scan) {
  alignas(16) constexpr uint8_t kEights[16] = {1, 2, 4, 8, 16, 32, 64, 128};
  const DC d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d)), step = kTogether * lanes;
  const int64_t end = (n + step - 1) / step * step;
  std::memset(codes + n, kUncounted, end - n);
  const auto table = hn::LoadDup128(d, kEights);
  auto positive = hn::Zero(d), negative = hn::Zero(d);
  for (int64_t i = 0; i < n; i += lanes) {
    const auto eight = hn::And(Shifted<3>(hn::LoadU(d, codes + i)), hn::Set(d, 0x1f));
    const auto of_negative = hn::Sub(eight, hn::Set(d, kNegative / 8)), beyond = hn::Set(d, 0x70);
    positive = hn::Or(positive, hn::TableLookupBytesOr0(table, hn::SaturatedAdd(eight, beyond)));
    negative = hn::Or(negative, hn::TableLookupBytesOr0(table, hn::SaturatedAdd(of_negative, beyond)));
  }
  const int seen[2] = {Seen(positive), Seen(negative)};
  for (const bool is_negative : {false, true}) {
    int64_t* const counts = (is_negative ? scan.negative : scan.positive).data();
    for (int eight = 0; eight < 8; ++eight) {
      if ((seen[is_negative] >> eight & 1) == 0) continue;
      const auto first = static_cast<uint8_t>(8 * eight + (is_negative ? kNegative : 0));
      for (int64_t i = 0; i < end; i += step) CountEight(codes + i, first, counts + 8 * eight);
    }
  }
}

template <class F>
void ScanElements(const std::byte* elements, int64_t n, uint64_t near_bits, Scan& scan, uint64_t* zeros,
                  uint64_t* near_zeros) {
  using Bits = typename F::Bits;
  static_assert(kBlock % (kTogether * hn::MaxLanes(DC())) == 0);
  const auto* const from = reinterpret_cast<const Bits*>(elements);
  alignas(64) uint8_t codes[kBlock];
  Scanner<F> scanner(static_cast<Bits>(near_bits));
  // So that the next block is on its way while this one is counted; there need not be one.
  const auto next = reinterpret_cast<uintptr_t>(from + n);
  int64_t word = 0;
  for (; (word + 1) * 64 <= n; ++word) {
    for (size_t i = 0; i < 64 * sizeof(Bits); i += 64) {
      __builtin_prefetch(reinterpret_cast<const void*>(next + word * 64 * sizeof(Bits) + i), 0, 2);
    }
    scanner.Look(from + word * 64, zeros[word], near_zeros[word]);
  }
  // A second look, since bits cannot be read right after they were written in parts.
  for (int64_t i = 0; i < word; ++i) WriteCodes<F>(from + i * 64, zeros[i], codes + i * 64);
  if (const int64_t left = n - word * 64; left > 0) {
    Bits padded[64];
    std::memcpy(padded, from + word * 64, left * sizeof(Bits));
    std::fill(padded + left, padded + 64, padded[0]);
    scanner.Look(padded, zeros[word], near_zeros[word]);
    WriteCodes<F>(padded, zeros[word], codes + word * 64);
    const uint64_t there = (uint64_t{1} << left) - 1;
    zeros[word] &= there;
    near_zeros[word] &= there;
  }
  CountCodes(codes, n, scan);
  scanner.is_finite() ? scanner.AddExtremes(scan) : LookAtEach<F>(from, n, scan);
}

#endif

void ScanF64(const std::byte* elements, int64_t n, uint64_t near_bits, Scan& scan, uint64_t* zeros,
             uint64_t* near_zeros) {
  ScanElements<F64>(elements, n, near_bits, scan, zeros, near_zeros);
}
void ScanF32(const std::byte* elements, int64_t n, uint64_t near_bits, Scan& scan, uint64_t* zeros,
             uint64_t* near_zeros) {
  ScanElements<F32>(elements, n, near_bits, scan, zeros, near_zeros);
}
void ScanBF16(const std::byte* elements, int64_t n, uint64_t near_bits, Scan& scan, uint64_t* zeros,
              uint64_t* near_zeros) {
  ScanElements<BF16>(elements, n, near_bits, scan, zeros, near_zeros);
}

}  // namespace
}  // namespace actserve::analyse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::analyse {

HWY_EXPORT(ScanF64);
HWY_EXPORT(ScanF32);
HWY_EXPORT(ScanBF16);

uint64_t NearBits(DataType type, double near_zero) {
  uint64_t bits = 0;
  auto* const element = reinterpret_cast<std::byte*>(&bits);
  StoreElement(type, near_zero, element);
  return LoadElement(type, element) > near_zero ? bits - 1 : bits;
}

void ScanBlock(DataType type, const std::byte* elements, int64_t n, uint64_t near_bits, Scan& scan, uint64_t* zeros,
               uint64_t* near_zeros) {
  switch (type) {
    case DataType::kF64: return HWY_DYNAMIC_DISPATCH(ScanF64)(elements, n, near_bits, scan, zeros, near_zeros);
    case DataType::kF32: return HWY_DYNAMIC_DISPATCH(ScanF32)(elements, n, near_bits, scan, zeros, near_zeros);
    default: return HWY_DYNAMIC_DISPATCH(ScanBF16)(elements, n, near_bits, scan, zeros, near_zeros);
  }
}

}  // namespace actserve::analyse
#endif
