#include "kernels/cpu/codes.h"

#include <array>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/codes.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class Code>
class Quantized {
 public:
  explicit Quantized(const Coding& coding) : scale_(coding.scale), zero_point_(coding.zero_point) {}

  void ToDoubles(const Code* codes, double* numbers, int64_t n) const {
    const hn::ScalableTag<double> d;
    const hn::Rebind<int32_t, decltype(d)> di;
    const hn::Rebind<Code, decltype(d)> dc;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto scale = hn::Set(d, scale_);
    const auto zero_point = hn::Set(di, zero_point_);
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes) {
      const auto code = hn::PromoteTo(di, hn::LoadU(dc, codes + i));
      hn::StoreU(hn::Mul(scale, hn::PromoteTo(d, hn::Sub(code, zero_point))), d, numbers + i);
    }
    for (; i < n; ++i) numbers[i] = scale_ * (codes[i] - zero_point_);
  }

  void FromDoubles(const double* numbers, Code* codes, int64_t n) const {
    const hn::ScalableTag<double> d;
    const hn::Rebind<int32_t, decltype(d)> di;
    const hn::Rebind<Code, decltype(d)> dc;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto scale = hn::Set(d, scale_), magic = hn::Set(d, 0x1.8p52);  // adding it leaves no fraction
    const auto least = hn::Set(d, std::numeric_limits<Code>::min() - zero_point_);
    const auto greatest = hn::Set(d, std::numeric_limits<Code>::max() - zero_point_);
    const auto zero_point = hn::Set(di, zero_point_);
    const auto convert = [&](const double* from, Code* to) HWY_ATTR {
      const auto number = hn::LoadU(d, from);
      const auto quotient = hn::IfThenElseZero(hn::Eq(number, number), hn::Div(number, scale));
      const auto clamped = hn::Min(hn::Max(quotient, least), greatest);
      const auto rounded = hn::Sub(hn::Add(clamped, magic), magic);
      hn::StoreU(hn::DemoteTo(dc, hn::Add(hn::DemoteTo(di, rounded), zero_point)), dc, to);
    };
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes) convert(numbers + i, codes + i);
    if (i == n) return;
    double last[hn::MaxLanes(d)] = {};
    Code converted[hn::MaxLanes(d)];
    for (int64_t j = 0; j < lanes && i + j < n; ++j) last[j] = numbers[i + j];
    convert(last, converted);
    for (int64_t j = 0; j < lanes && i + j < n; ++j) codes[i + j] = converted[j];
  }

 private:
  const double scale_;
  const int32_t zero_point_;
};

void I8ToDoubles(const Coding& coding, const std::byte* codes, double* numbers, int64_t n) {
  Quantized<int8_t>(coding).ToDoubles(reinterpret_cast<const int8_t*>(codes), numbers, n);
}
void U8ToDoubles(const Coding& coding, const std::byte* codes, double* numbers, int64_t n) {
  Quantized<uint8_t>(coding).ToDoubles(reinterpret_cast<const uint8_t*>(codes), numbers, n);
}
void I8FromDoubles(const Coding& coding, const double* numbers, std::byte* codes, int64_t n) {
  Quantized<int8_t>(coding).FromDoubles(numbers, reinterpret_cast<int8_t*>(codes), n);
}
void U8FromDoubles(const Coding& coding, const double* numbers, std::byte* codes, int64_t n) {
  Quantized<uint8_t>(coding).FromDoubles(numbers, reinterpret_cast<uint8_t*>(codes), n);
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

template <class Type>
void F8ToDoubles(const std::byte* codes, double* numbers, int64_t n) {
  static const std::array<double, 256> values = [] {
    std::array<double, 256> values;
    for (int code = 0; code < 256; ++code) values[code] = Type::ValueOf(static_cast<uint8_t>(code));
    return values;
  }();
  for (int64_t i = 0; i < n; ++i) numbers[i] = values[static_cast<uint8_t>(codes[i])];
}
template <class Type>
void F8FromDoubles(Overflow overflow, const double* numbers, std::byte* codes, int64_t n) {
  for (int64_t i = 0; i < n; ++i) codes[i] = static_cast<std::byte>(Type::Round(numbers[i], overflow));
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
    case DataType::kF8E4M3: return F8FromDoubles<F8E4M3>(coding.overflow, numbers, codes, n);
    case DataType::kF8E5M2: return F8FromDoubles<F8E5M2>(coding.overflow, numbers, codes, n);
    case DataType::kI8: return HWY_DYNAMIC_DISPATCH(I8FromDoubles)(coding, numbers, codes, n);
    default: return HWY_DYNAMIC_DISPATCH(U8FromDoubles)(coding, numbers, codes, n);
  }
}

}  // namespace actserve::cpu
#endif
