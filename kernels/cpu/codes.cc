#include "kernels/cpu/codes.h"

#include <array>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/codes.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;

// Applies convert(from, to), of a whole vector of numbers, to n of them; the last through buffers.
template <class Code, class Convert>
HWY_INLINE void ForEachVector(const double* numbers, Code* codes, int64_t n, Convert convert) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(D()));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) convert(numbers + i, codes + i);
  if (i == n) return;
  double last[hn::MaxLanes(D())] = {};
  Code converted[hn::MaxLanes(D())];
  for (int64_t j = 0; j < lanes && i + j < n; ++j) last[j] = numbers[i + j];
  convert(last, converted);
  for (int64_t j = 0; j < lanes && i + j < n; ++j) codes[i + j] = converted[j];
}

template <class Code>
void QuantizedToDoubles(const Coding& coding, const std::byte* from, double* numbers, int64_t n) {
  const D d;
  const hn::Rebind<int32_t, D> di;
  const hn::Rebind<Code, D> dc;
  const auto* const codes = reinterpret_cast<const Code*>(from);
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const double scale = coding.scale;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto code = hn::PromoteTo(di, hn::LoadU(dc, codes + i));
    const auto difference = hn::Sub(code, hn::Set(di, coding.zero_point));
    hn::StoreU(hn::Mul(hn::Set(d, scale), hn::PromoteTo(d, difference)), d, numbers + i);
  }
  for (; i < n; ++i) numbers[i] = scale * (codes[i] - coding.zero_point);
}

template <class Code>
void QuantizedFromDoubles(const Coding& coding, const double* numbers, std::byte* codes, int64_t n) {
  const D d;
  const hn::Rebind<int32_t, D> di;
  const hn::Rebind<Code, D> dc;
  const V scale = hn::Set(d, coding.scale), magic = hn::Set(d, 0x1.8p52);  // adding it leaves no fraction
  const V least = hn::Set(d, std::numeric_limits<Code>::min() - coding.zero_point);
  const V greatest = hn::Set(d, std::numeric_limits<Code>::max() - coding.zero_point);
  const auto zero_point = hn::Set(di, coding.zero_point);
  ForEachVector(numbers, reinterpret_cast<Code*>(codes), n, [&](const double* from, Code* to) HWY_ATTR {
    const V number = hn::LoadU(d, from);
    const V quotient = hn::IfThenElseZero(hn::Eq(number, number), hn::Div(number, scale));
    const V rounded = hn::Sub(hn::Add(hn::Min(hn::Max(quotient, least), greatest), magic), magic);
    hn::StoreU(hn::DemoteTo(dc, hn::Add(hn::DemoteTo(di, rounded), zero_point)), dc, to);
  });
}

// As F8::Round: adding a number whose last place is the type's at this size rounds, and so do subnormal numbers, whose
// exponent is that of the least normal one.
template <int kFraction, int kBias, int kLargest>
void F8FromDoubles(F8<kFraction, kBias, kLargest> type, Overflow overflow, const double* numbers, std::byte* codes,
                   int64_t n) {
  using Type = decltype(type);
  const D d;
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  const hn::Rebind<uint8_t, D> dc;
  constexpr uint64_t kDoubleBias = 1023, kDoubleFraction = 52;
  const V least_normal = hn::Set(d, std::ldexp(1.0, 1 - kBias)), huge = hn::Set(d, 65536);
  const auto exponent_bits = hn::Set(du, uint64_t{0x7ff} << kDoubleFraction);
  const auto largest = hn::Set(di, kLargest);
  const bool saturates = overflow == Overflow::kSaturating;
  const auto beyond = hn::Set(du, saturates ? kLargest : Type::kHasInfinity ? kLargest + 1 : Type::kNan);
  const auto sign_bit = hn::Set(du, 0x80), nan = hn::Set(du, Type::kNan);
  ForEachVector(numbers, reinterpret_cast<uint8_t*>(codes), n, [&](const double* from, uint8_t* to) HWY_ATTR {
    const V number = hn::LoadU(d, from);
    const V size = hn::Min(hn::Abs(number), huge);  // not an infinity; a NaN becomes either
    const V power = hn::Max(hn::BitCast(d, hn::And(hn::BitCast(du, size), exponent_bits)), least_normal);
    const auto exponent = hn::ShiftRight<kDoubleFraction>(hn::BitCast(du, power));
    // Its last bit is the type's; what it has of the significand, the leading one too, is what the sum adds to it.
    const V magic = hn::Mul(power, hn::Set(d, std::ldexp(1.0, kDoubleFraction - kFraction)));
    const auto significand = hn::Sub(hn::BitCast(du, hn::Add(size, magic)), hn::BitCast(du, magic));
    const auto code =
        hn::Add(significand, hn::ShiftLeft<kFraction>(hn::Sub(exponent, hn::Set(du, kDoubleBias - kBias + 1))));
    const auto is_beyond = hn::RebindMask(du, hn::Gt(hn::BitCast(di, code), largest));
    const auto bounded = hn::IfThenElse(is_beyond, beyond, code);
    const auto sign = hn::And(hn::ShiftRight<56>(hn::BitCast(du, number)), sign_bit);
    const auto is_number = hn::AndNot(hn::Eq(bounded, nan), hn::RebindMask(du, hn::Eq(number, number)));
    hn::StoreU(hn::TruncateTo(dc, hn::IfThenElse(is_number, hn::Or(bounded, sign), nan)), dc, to);
  });
}

void I8ToDoubles(const Coding& coding, const std::byte* codes, double* numbers, int64_t n) {
  QuantizedToDoubles<int8_t>(coding, codes, numbers, n);
}
void U8ToDoubles(const Coding& coding, const std::byte* codes, double* numbers, int64_t n) {
  QuantizedToDoubles<uint8_t>(coding, codes, numbers, n);
}
void I8FromDoubles(const Coding& coding, const double* numbers, std::byte* codes, int64_t n) {
  QuantizedFromDoubles<int8_t>(coding, numbers, codes, n);
}
void U8FromDoubles(const Coding& coding, const double* numbers, std::byte* codes, int64_t n) {
  QuantizedFromDoubles<uint8_t>(coding, numbers, codes, n);
}
void E4M3FromDoubles(const Coding& coding, const double* numbers, std::byte* codes, int64_t n) {
  F8FromDoubles(F8E4M3(), coding.overflow, numbers, codes, n);
}
void E5M2FromDoubles(const Coding& coding, const double* numbers, std::byte* codes, int64_t n) {
  F8FromDoubles(F8E5M2(), coding.overflow, numbers, codes, n);
}

}  // namespace
}  // namespace actserve::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::cpu {
namespace {

HWY_EXPORT(I8ToDoubles);
HWY_EXPORT(U8ToDoubles);
HWY_EXPORT(I8FromDoubles);
HWY_EXPORT(U8FromDoubles);
HWY_EXPORT(E4M3FromDoubles);
HWY_EXPORT(E5M2FromDoubles);

template <class Type>
void F8ToDoubles(const std::byte* codes, double* numbers, int64_t n) {
  static const std::array<double, 256> values = [] {
    std::array<double, 256> values;
    for (int code = 0; code < 256; ++code) values[code] = Type::ValueOf(static_cast<uint8_t>(code));
    return values;
  }();
  for (int64_t i = 0; i < n; ++i) numbers[i] = values[static_cast<uint8_t>(codes[i])];
}

}  // namespace

void ToDoubles(const Coding& coding, const std::byte* codes, double* numbers, int64_t n) {
  switch (coding.type) {
    case DataType::kF8E4M3: return F8ToDoubles<F8E4M3>(codes, numbers, n);
    case DataType::kF8E5M2: return F8ToDoubles<F8E5M2>(codes, numbers, n);
    case DataType::kI8: return HWY_DYNAMIC_DISPATCH(I8ToDoubles)(coding, codes, numbers, n);
    default: return HWY_DYNAMIC_DISPATCH(U8ToDoubles)(coding, codes, numbers, n);
  }
}

void FromDoubles(const Coding& coding, const double* numbers, std::byte* codes, int64_t n) {
  switch (coding.type) {
    case DataType::kF8E4M3: return HWY_DYNAMIC_DISPATCH(E4M3FromDoubles)(coding, numbers, codes, n);
    case DataType::kF8E5M2: return HWY_DYNAMIC_DISPATCH(E5M2FromDoubles)(coding, numbers, codes, n);
    case DataType::kI8: return HWY_DYNAMIC_DISPATCH(I8FromDoubles)(coding, numbers, codes, n);
    default: return HWY_DYNAMIC_DISPATCH(U8FromDoubles)(coding, numbers, codes, n);
  }
}

}  // namespace actserve::cpu
#endif
