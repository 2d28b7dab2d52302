#include "kernels/cpu/convert.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/api/element.h"
#include "kernels/cpu/codes.h"
#include "kernels/math/policy.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/convert.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

#ifndef ACT_FN
#define ACT_FN HWY_INLINE
#endif

HWY_BEFORE_NAMESPACE();
namespace actserve::cpu::HWY_NAMESPACE {
namespace {

// In the order of their dependence.
// clang-format off
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/elements-inl.h"
// clang-format on

template <class From, class To>
void Convert(const void* from, void* to, int64_t n) {
  using D = hn::ScalableTag<float>;
  const auto* in = static_cast<const From*>(from);
  auto* out = static_cast<To*>(to);
  const int64_t lanes = hn::Lanes(D());
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) StoreNumbers(LoadNumbers(in + i), out + i);
  if (i == n) return;
  From last[hn::MaxLanes(D())] = {};
  To converted[hn::MaxLanes(D())];
  std::memcpy(static_cast<void*>(last), in + i, (n - i) * sizeof(From));
  StoreNumbers(LoadNumbers(last), converted);
  std::memcpy(static_cast<void*>(out + i), converted, (n - i) * sizeof(To));
}

// By way of the stack: f64 and the 16-bit types differ in size by more than vectors convert at once.
template <class From>
void ToF64(const void* from, void* to, int64_t n) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> half;
  constexpr int64_t kBlock = 256;
  HWY_ALIGN float block[kBlock + hn::MaxLanes(half)];
  auto* out = static_cast<double*>(to);
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t done = 0, count; done < n; done += count) {
    count = std::min(kBlock, n - done);
    Convert<From, float>(static_cast<const From*>(from) + done, block, count);
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) hn::StoreU(hn::PromoteTo(d, hn::Load(half, block + i)), d, out + done + i);
    for (; i < count; ++i) WriteElement(static_cast<double>(block[i]), out + done + i);
  }
}

void F64ToF32(const void* from, void* to, int64_t n) {
  using M = Simd<double>;
  const auto* in = static_cast<const double*>(from);
  auto* out = static_cast<float*>(to);
  const auto lanes = static_cast<int64_t>(M::Lanes());
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) M::StoreAsFloat(LoadNumbers(in + i), out + i);
  for (; i < n; ++i) WriteElement(static_cast<float>(ReadElement(in + i)), out + i);
}

void F32ToF64(const void* from, void* to, int64_t n) { ToF64<float>(from, to, n); }
void F16ToF64(const void* from, void* to, int64_t n) { ToF64<hwy::float16_t>(from, to, n); }
void BF16ToF64(const void* from, void* to, int64_t n) { ToF64<hwy::bfloat16_t>(from, to, n); }
void F16ToF32(const void* from, void* to, int64_t n) { Convert<hwy::float16_t, float>(from, to, n); }
void BF16ToF32(const void* from, void* to, int64_t n) { Convert<hwy::bfloat16_t, float>(from, to, n); }
void F32ToF16(const void* from, void* to, int64_t n) { Convert<float, hwy::float16_t>(from, to, n); }
void F32ToBF16(const void* from, void* to, int64_t n) { Convert<float, hwy::bfloat16_t>(from, to, n); }

}  // namespace
}  // namespace actserve::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::cpu {
namespace {

HWY_EXPORT(F32ToF64);
HWY_EXPORT(F16ToF64);
HWY_EXPORT(BF16ToF64);
HWY_EXPORT(F64ToF32);
HWY_EXPORT(F16ToF32);
HWY_EXPORT(BF16ToF32);
HWY_EXPORT(F32ToF16);
HWY_EXPORT(F32ToBF16);

void OneByOne(DataType from, const std::byte* in, DataType to, std::byte* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) StoreElement(to, LoadElement(from, in + i * SizeOf(from)), out + i * SizeOf(to));
}

}  // namespace

void ToNumbers(DataType from, const std::byte* elements, DataType number, std::byte* numbers, int64_t n) {
  if (from == number) {
    if (n > 0) std::memcpy(numbers, elements, n * SizeOf(from));
    return;
  }
  const bool f64 = number == DataType::kF64;
  switch (from) {
    case DataType::kF32: return HWY_DYNAMIC_DISPATCH(F32ToF64)(elements, numbers, n);
    case DataType::kF16:
      return f64 ? HWY_DYNAMIC_DISPATCH(F16ToF64)(elements, numbers, n)
                 : HWY_DYNAMIC_DISPATCH(F16ToF32)(elements, numbers, n);
    default:
      return f64 ? HWY_DYNAMIC_DISPATCH(BF16ToF64)(elements, numbers, n)
                 : HWY_DYNAMIC_DISPATCH(BF16ToF32)(elements, numbers, n);
  }
}

void ToNumbers(const InputView& from, int64_t first, int64_t n, DataType number, std::byte* numbers) {
  from.ForEachRun(first, n, [&](InputView::Run run, int64_t begin) {
    std::byte* const to = numbers + begin * static_cast<int64_t>(SizeOf(number));
    if (!IsByte(from.type)) return ToNumbers(from.type, run.data, number, to, run.count);
    auto* const doubles = reinterpret_cast<double*>(to);
    from.quantization.ForEachRun(from.shape, first + begin, run.count,
                                 [&](int64_t channel, int64_t done, int64_t count) {
                                   const Coding coding(from.type, Overflow::kNonSaturating, from.quantization, channel);
                                   ToDoubles(coding, run.data + done, doubles + done, count);
                                 });
  });
}

void FillWithOnes(DataType number, std::byte* numbers, int64_t n) {
  for (int64_t i = 0; i < n; ++i) StoreElement(number, 1, numbers + i * SizeOf(number));
}

void FromNumbers(DataType number, const std::byte* numbers, DataType to, std::byte* elements, int64_t n) {
  if (to == number) {
    if (n > 0) std::memcpy(elements, numbers, n * SizeOf(to));
  } else if (number == DataType::kF32 && to == DataType::kF16) {
    HWY_DYNAMIC_DISPATCH(F32ToF16)(numbers, elements, n);
  } else if (number == DataType::kF32 && to == DataType::kBF16) {
    HWY_DYNAMIC_DISPATCH(F32ToBF16)(numbers, elements, n);
  } else if (number == DataType::kF64 && to == DataType::kF32) {
    HWY_DYNAMIC_DISPATCH(F64ToF32)(numbers, elements, n);
  } else {
    OneByOne(number, numbers, to, elements, n);
  }
}

void FromNumbers(DataType number, const std::byte* numbers, const Output& to, int64_t first, int64_t n,
                 std::byte* elements) {
  const DataType type = to.tensor.type;
  if (!IsByte(type)) return FromNumbers(number, numbers, type, elements, n);
  const auto* const doubles = reinterpret_cast<const double*>(numbers);
  to.quantization.ForEachRun(to.tensor.shape, first, n, [&](int64_t channel, int64_t done, int64_t count) {
    FromDoubles(Coding(type, to.overflow, to.quantization, channel), doubles + done, elements + done, count);
  });
}

}  // namespace actserve::cpu
#endif
