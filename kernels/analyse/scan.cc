#include "kernels/analyse/scan.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/analyse/scan.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::analyse::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE uint64_t ToBits(D d, hn::Mask<D> mask) {
  // As many bytes are read as were written: the processor would have to wait for others.
  constexpr size_t kBytes = (hn::MaxLanes(d) + 7) / 8;
  uint8_t bytes[8];
  hn::StoreMaskBits(d, mask, bytes);
  std::conditional_t<kBytes == 1, uint8_t, uint16_t> bits;
  static_assert(kBytes <= 2);
  std::memcpy(&bits, bytes, kBytes);
  return bits;
}

template <class Real, class Signed, class Bits>
HWY_INLINE void Look(const Real* numbers, int64_t n, Bits near_bits, Scan<Bits>& scan, uint64_t* zeros,
                     uint64_t* near_zeros) {
  using DF = hn::ScalableTag<Real>;
  using D = hn::RebindToSigned<DF>;
  const DF df;
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(df));
  const auto near = hn::Set(d, static_cast<Signed>(near_bits));
  const auto negative_zero = hn::Set(d, std::numeric_limits<Signed>::min());
  const auto infinity = hn::Set(df, std::numeric_limits<Real>::infinity());
  const auto minus_infinity = hn::Neg(infinity);
  auto least = infinity, greatest = minus_infinity;
  Real padded[64];
  for (int64_t word = 0; word * 64 < n; ++word) {
    const Real* from = numbers + word * 64;
    const int64_t left = std::min<int64_t>(64, n - word * 64);
    if (left < 64) {
      std::memcpy(padded, from, left * sizeof(Real));
      std::fill(padded + left, padded + 64, std::numeric_limits<Real>::quiet_NaN());
      from = padded;
      scan.nans -= 64 - left;
    }
    uint64_t zero_bits = 0, near_zero_bits = 0, negative_zero_bits = 0, nan_bits = 0;
    for (int64_t i = 0; i < 64; i += lanes) {
      const auto x = hn::LoadU(df, from + i);
      const auto magnitude = hn::Abs(x);
      const auto finite = hn::Lt(magnitude, infinity);  // false for NaN
      least = hn::Min(least, hn::IfThenElse(finite, x, infinity));
      greatest = hn::Max(greatest, hn::IfThenElse(finite, x, minus_infinity));
      const auto bits = hn::BitCast(d, magnitude);
      zero_bits |= ToBits(d, hn::Eq(bits, hn::Zero(d))) << i;
      near_zero_bits |= ToBits(d, hn::Not(hn::Gt(bits, near))) << i;
      negative_zero_bits |= ToBits(d, hn::Eq(hn::BitCast(d, x), negative_zero)) << i;
      nan_bits |= ToBits(df, hn::IsNaN(x)) << i;
    }
    zeros[word] = zero_bits;
    near_zeros[word] = near_zero_bits;
    scan.negative_zeros += std::popcount(negative_zero_bits);
    scan.nans += std::popcount(nan_bits);
  }
  alignas(64) Real leasts[hn::MaxLanes(df)], greatests[hn::MaxLanes(df)];
  hn::Store(least, df, leasts);
  hn::Store(greatest, df, greatests);
  for (int64_t i = 0; i < lanes; ++i) {
    scan.min = std::min<double>(scan.min, leasts[i]);
    scan.max = std::max<double>(scan.max, greatests[i]);
  }
}

void LookF32(const float* numbers, int64_t n, uint32_t near_bits, Scan<uint32_t>& scan, uint64_t* zeros,
             uint64_t* near_zeros) {
  Look<float, int32_t>(numbers, n, near_bits, scan, zeros, near_zeros);
}
void LookF64(const double* numbers, int64_t n, uint64_t near_bits, Scan<uint64_t>& scan, uint64_t* zeros,
             uint64_t* near_zeros) {
  Look<double, int64_t>(numbers, n, near_bits, scan, zeros, near_zeros);
}

}  // namespace
}  // namespace actserve::analyse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::analyse {
namespace {

HWY_EXPORT(LookF32);
HWY_EXPORT(LookF64);

template <class Bits>
Bits BitsAt(const void* numbers, int64_t i) {
  Bits bits;
  std::memcpy(&bits, static_cast<const std::byte*>(numbers) + i * sizeof bits, sizeof bits);
  return bits;
}

// What vectors do not help with; the block is in the L1 cache by now.
// What vectors do not help with; the block is in the L1 cache by now.
template <class Bits, int kShift>
void CountFields(const void* numbers, int64_t n, Scan<Bits>& scan) {
  constexpr int kTables = Scan<Bits>::kTables;
  int64_t i = 0;
  for (; i + kTables <= n; i += kTables) {
    for (int t = 0; t < kTables; ++t) ++scan.fields[t][BitsAt<Bits>(numbers, i + t) >> kShift];
  }
  for (; i < n; ++i) ++scan.fields[0][BitsAt<Bits>(numbers, i) >> kShift];
}

}  // namespace

void ScanBlock(const float* numbers, int64_t n, uint32_t near_bits, Scan<uint32_t>& scan, uint64_t* zeros,
               uint64_t* near_zeros) {
  HWY_DYNAMIC_DISPATCH(LookF32)(numbers, n, near_bits, scan, zeros, near_zeros);
  CountFields<uint32_t, 23>(numbers, n, scan);
}

void ScanBlock(const double* numbers, int64_t n, uint64_t near_bits, Scan<uint64_t>& scan, uint64_t* zeros,
               uint64_t* near_zeros) {
  HWY_DYNAMIC_DISPATCH(LookF64)(numbers, n, near_bits, scan, zeros, near_zeros);
  CountFields<uint64_t, 52>(numbers, n, scan);
}

}  // namespace actserve::analyse
#endif
