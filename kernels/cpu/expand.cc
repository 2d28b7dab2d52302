// Tensors without their zeros, made dense: a declaration of api/sparse.h's.
#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels/api/element.h"
#include "kernels/api/sparse.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/expand.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::cpu::HWY_NAMESPACE {
namespace {

constexpr int64_t kWord = 64;  // elements whose bits are looked at together

// Elements of one size at any address.
template <class T>
HWY_INLINE T Get(const std::byte* from, int64_t i) {
  return LoadUnaligned<T>(from + i * static_cast<int64_t>(sizeof(T)));
}
template <class T>
HWY_INLINE void Put(T value, std::byte* to, int64_t i) {
  StoreUnaligned(value, to + i * static_cast<int64_t>(sizeof(T)));
}

// Of n elements, n <= kWord. `to` may be anywhere from `values` on.
template <class T>
HWY_INLINE void ExpandFew(uint64_t stored, int64_t n, const std::byte* values, std::byte* to) {
  const int64_t count = std::popcount(stored), size = sizeof(T);
  if (to < values + count * size && values < to + n * size) {
    // From the last one on: none is written over before it was read.
    for (int64_t i = n, left = count; i-- > 0;) {
      const bool is_stored = stored >> i & 1;
      left -= is_stored;
      Put<T>(is_stored ? Get<T>(values, left) : 0, to, i);
    }
    return;
  }
  std::memset(to, 0, n * sizeof(T));
  for (; stored != 0; stored &= stored - 1, values += size) Put(Get<T>(values, 0), to, std::countr_zero(stored));
}

// Highway 1.0.3 knows no expanding.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
template <class T>
constexpr bool kExpands = sizeof(T) >= 4 || HWY_TARGET == HWY_AVX3_DL;

// The lowest `lanes` bits say which; no byte is read of values that there are none of.
template <class T>
HWY_INLINE __m512i ExpandVector(uint64_t stored, const std::byte* values) {
  if constexpr (sizeof(T) == 8) {
    const auto mask = static_cast<__mmask8>(stored);
    const auto there = static_cast<__mmask8>((1u << std::popcount(mask)) - 1);
    return _mm512_maskz_expand_epi64(mask, _mm512_maskz_loadu_epi64(there, values));
  } else if constexpr (sizeof(T) == 4) {
    const auto mask = static_cast<__mmask16>(stored);
    const auto there = static_cast<__mmask16>((1u << std::popcount(mask)) - 1);
    return _mm512_maskz_expand_epi32(mask, _mm512_maskz_loadu_epi32(there, values));
#if HWY_TARGET == HWY_AVX3_DL
  } else if constexpr (sizeof(T) == 2) {
    const auto mask = static_cast<__mmask32>(stored);
    const auto there = static_cast<__mmask32>((uint64_t{1} << std::popcount(mask)) - 1);
    return _mm512_maskz_expand_epi16(mask, _mm512_maskz_loadu_epi16(there, values));
  } else {
    const int count = std::popcount(stored);
    const __mmask64 there = count == 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
    return _mm512_maskz_expand_epi8(stored, _mm512_maskz_loadu_epi8(there, values));
#endif
  }
}

// A whole word: all is read before any is written.
template <class T>
HWY_INLINE void ExpandWord(uint64_t stored, const std::byte* values, std::byte* to) {
  constexpr int64_t kLanes = 64 / sizeof(T), kVectors = kWord / kLanes;
  __m512i v[kVectors];
  for (int64_t i = 0; i < kVectors; ++i) {
    v[i] = ExpandVector<T>(stored, values);
    if constexpr (kVectors > 1) {
      values += std::popcount(stored & ((uint64_t{1} << kLanes) - 1)) * sizeof(T);
      stored >>= kLanes;
    }
  }
  for (int64_t i = 0; i < kVectors; ++i) _mm512_storeu_si512(to + i * 64, v[i]);
}
#else
template <class T>
constexpr bool kExpands = false;
#endif

template <class T>
void ExpandAll(const SparseView& tensor, int64_t first, int64_t n, const std::byte* values, std::byte* to) {
  constexpr T kNegativeZero = static_cast<T>(T{1} << (8 * sizeof(T) - 1));
  constexpr int64_t kSize = sizeof(T);
  const int64_t all = CountStored(tensor.encoding, tensor.positions.data() + first / 8, n);
  // Where values lie at `to`, from the last on.
  const bool is_apart = values + all * kSize <= to || to + n * kSize <= values;
  const int64_t words = (n + kWord - 1) / kWord;
  int64_t before = is_apart ? 0 : all;
  for (int64_t word = 0; word < words; ++word) {
    const int64_t i = (is_apart ? word : words - 1 - word) * kWord, count = std::min(kWord, n - i);
    const uint64_t stored = StoredAt(tensor, first + i, count);
    if (!is_apart) before -= std::popcount(stored);
    const std::byte* const from = values + before * kSize;
    std::byte* const elements = to + i * kSize;
    if (is_apart) before += std::popcount(stored);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
    if constexpr (kExpands<T>) {
      if (count == kWord) ExpandWord<T>(stored, from, elements);
    }
#endif
    if (!kExpands<T> || count < kWord) ExpandFew<T>(stored, count, from, elements);
    if (!tensor.negative_zeros.empty()) {
      uint64_t rest = BitsAt(tensor.negative_zeros.data(), first + i, count);
      for (; rest != 0; rest &= rest - 1) Put(kNegativeZero, elements, std::countr_zero(rest));
    }
  }
}

void ExpandTensor(const SparseView& tensor, int64_t first, int64_t n, const std::byte* values, std::byte* to) {
  switch (SizeOf(tensor.type)) {
    case 1: return ExpandAll<uint8_t>(tensor, first, n, values, to);
    case 2: return ExpandAll<uint16_t>(tensor, first, n, values, to);
    case 4: return ExpandAll<uint32_t>(tensor, first, n, values, to);
    default: return ExpandAll<uint64_t>(tensor, first, n, values, to);
  }
}

}  // namespace
}  // namespace actserve::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve {
namespace cpu {
namespace {
HWY_EXPORT(ExpandTensor);
}
}  // namespace cpu

void Expand(const SparseView& tensor, int64_t first, int64_t n, const std::byte* values, std::byte* to) {
  using namespace cpu;  // NOLINT(google-build-using-namespace): where Highway looks for what was exported
  HWY_DYNAMIC_DISPATCH(ExpandTensor)(tensor, first, n, values, to);
}

}  // namespace actserve
#endif
