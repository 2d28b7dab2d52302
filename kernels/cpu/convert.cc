#include "kernels/cpu/convert.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/api/element.h"
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
  } else if (number == DataType::kF32 && from == DataType::kF16) {
    HWY_DYNAMIC_DISPATCH(F16ToF32)(elements, numbers, n);
  } else if (number == DataType::kF32 && from == DataType::kBF16) {
    HWY_DYNAMIC_DISPATCH(BF16ToF32)(elements, numbers, n);
  } else {
    OneByOne(from, elements, number, numbers, n);
  }
}

void ToNumbers(const InputView& from, int64_t first, int64_t n, DataType number, std::byte* numbers) {
  from.ForEachRun(first, n, [&](InputView::Run run, int64_t begin) {
    ToNumbers(from.type, run.data, number, numbers + begin * static_cast<int64_t>(SizeOf(number)), run.count);
  });
}

void FromNumbers(DataType number, const std::byte* numbers, DataType to, std::byte* elements, int64_t n) {
  if (to == number) {
    if (n > 0) std::memcpy(elements, numbers, n * SizeOf(to));
  } else if (number == DataType::kF32 && to == DataType::kF16) {
    HWY_DYNAMIC_DISPATCH(F32ToF16)(numbers, elements, n);
  } else if (number == DataType::kF32 && to == DataType::kBF16) {
    HWY_DYNAMIC_DISPATCH(F32ToBF16)(numbers, elements, n);
  } else {
    OneByOne(number, numbers, to, elements, n);
  }
}

}  // namespace actserve::cpu
#endif
