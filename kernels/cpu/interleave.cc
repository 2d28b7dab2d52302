#include "kernels/cpu/interleave.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/interleave.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
void TakeApart(const std::byte* from, int64_t n, std::byte* first, std::byte* second) {
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto* in = reinterpret_cast<const T*>(from);
  for (; i + lanes <= n; i += lanes) {
    hn::Vec<decltype(d)> a, b;
    hn::LoadInterleaved2(d, in + 2 * i, a, b);
    hn::StoreU(a, d, reinterpret_cast<T*>(first) + i);
    hn::StoreU(b, d, reinterpret_cast<T*>(second) + i);
  }
#endif
  for (; i < n; ++i) {
    std::memcpy(first + i * sizeof(T), from + 2 * i * sizeof(T), sizeof(T));
    std::memcpy(second + i * sizeof(T), from + (2 * i + 1) * sizeof(T), sizeof(T));
  }
}

template <class T>
void PutTogether(const std::byte* first, const std::byte* second, int64_t n, std::byte* to) {
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (; i + lanes <= n; i += lanes) {
    const auto a = hn::LoadU(d, reinterpret_cast<const T*>(first) + i);
    const auto b = hn::LoadU(d, reinterpret_cast<const T*>(second) + i);
    hn::StoreInterleaved2(a, b, d, reinterpret_cast<T*>(to) + 2 * i);
  }
#endif
  for (; i < n; ++i) {
    std::memcpy(to + 2 * i * sizeof(T), first + i * sizeof(T), sizeof(T));
    std::memcpy(to + (2 * i + 1) * sizeof(T), second + i * sizeof(T), sizeof(T));
  }
}

void TakeBytesApart(size_t size, const std::byte* from, int64_t n, std::byte* first, std::byte* second) {
  switch (size) {
    case 8: return TakeApart<uint64_t>(from, n, first, second);
    case 4: return TakeApart<uint32_t>(from, n, first, second);
    default: return TakeApart<uint16_t>(from, n, first, second);
  }
}

void PutBytesTogether(size_t size, const std::byte* first, const std::byte* second, int64_t n, std::byte* to) {
  switch (size) {
    case 8: return PutTogether<uint64_t>(first, second, n, to);
    case 4: return PutTogether<uint32_t>(first, second, n, to);
    default: return PutTogether<uint16_t>(first, second, n, to);
  }
}

}  // namespace
}  // namespace actserve::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::cpu {
namespace {
HWY_EXPORT(TakeBytesApart);
HWY_EXPORT(PutBytesTogether);
}  // namespace

void Deinterleave(size_t size, const std::byte* from, int64_t n, std::byte* first, std::byte* second) {
  HWY_DYNAMIC_DISPATCH(TakeBytesApart)(size, from, n, first, second);
}

void Interleave(size_t size, const std::byte* first, const std::byte* second, int64_t n, std::byte* to) {
  HWY_DYNAMIC_DISPATCH(PutBytesTogether)(size, first, second, n, to);
}

}  // namespace actserve::cpu
#endif
