#include "kernels/cpu/lookup.h"

#include <algorithm>

#include "kernels/api/element.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/lookup.cc"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::cpu::HWY_NAMESPACE {
namespace {

void OneByOne(const uint8_t* table, const uint8_t* codes, uint8_t* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = table[codes[i]];
}

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

void LookUpBytes(const uint8_t* table, const uint8_t* codes, uint8_t* out, int64_t n, bool) {
  OneByOne(table, codes, out, n);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<uint8_t>;
using V = hn::Vec<D>;

#if HWY_TARGET == HWY_NEON

// 64 entries are one instruction's table; of a code that is beyond it, the instruction keeps what was there.
class Table {
 public:
  explicit Table(const uint8_t* entries) {
    for (int i = 0; i < 4; ++i) quarters_[i] = vld1q_u8_x4(entries + 64 * i);
  }
  HWY_INLINE V operator()(V codes) const {
    uint8x16_t found = vqtbl4q_u8(quarters_[0], codes.raw);
    found = vqtbx4q_u8(found, quarters_[1], veorq_u8(codes.raw, vdupq_n_u8(0x40)));
    found = vqtbx4q_u8(found, quarters_[2], veorq_u8(codes.raw, vdupq_n_u8(0x80)));
    return V(vqtbx4q_u8(found, quarters_[3], veorq_u8(codes.raw, vdupq_n_u8(0xc0))));
  }

 private:
  uint8x16x4_t quarters_[4];
};

#else

// Sixteen tables of 16 entries; the upper bits of a code choose between pairs, pairs of pairs and so on.
class Table {
 public:
  explicit Table(const uint8_t* entries) : entries_(entries) {}
  HWY_INLINE V operator()(V codes) const {
    const D d;
    const hn::Mask<D> bits[] = {hn::TestBit(codes, hn::Set(d, 0x10)), hn::TestBit(codes, hn::Set(d, 0x20)),
                                hn::TestBit(codes, hn::Set(d, 0x40)), hn::TestBit(codes, hn::Set(d, 0x80))};
    return Of<4>(0, hn::And(codes, hn::Set(d, 15)), bits);
  }

 private:
  template <int kBits>
  HWY_INLINE V Of(int first, V low, const hn::Mask<D> (&bits)[4]) const {
    if constexpr (kBits == 0) {
      return hn::TableLookupBytes(hn::LoadDup128(D(), entries_ + 16 * first), low);
    } else {
      return hn::IfThenElse(bits[kBits - 1], Of<kBits - 1>(first + (1 << (kBits - 1)), low, bits),
                            Of<kBits - 1>(first, low, bits));
    }
  }
  const uint8_t* const entries_;
};

#endif

#if HWY_TARGET == HWY_AVX3 && !defined(__AVX512VBMI__)

// Beyond what the target stands for, but most processors that have it have this, too: 128 entries in an instruction.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi"))) void LookUpByPermutes(const uint8_t* table,
                                                                                               const uint8_t* codes,
                                                                                               uint8_t* out, int64_t n,
                                                                                               bool stream) {
  const __m512i first = _mm512_loadu_si512(table), second = _mm512_loadu_si512(table + 64);
  const __m512i third = _mm512_loadu_si512(table + 128), fourth = _mm512_loadu_si512(table + 192);
  for (int64_t i = 0; i < n; i += 64) {
    const bool whole = n - i >= 64;
    const __mmask64 some = whole ? ~uint64_t{0} : (uint64_t{1} << (n - i)) - 1;
    const __m512i code = whole ? _mm512_loadu_si512(codes + i) : _mm512_maskz_loadu_epi8(some, codes + i);
    const __m512i lower = _mm512_permutex2var_epi8(first, code, second);
    const __m512i upper = _mm512_permutex2var_epi8(third, code, fourth);
    const __m512i found = _mm512_mask_blend_epi8(_mm512_movepi8_mask(code), lower, upper);
    if (!whole) {
      _mm512_mask_storeu_epi8(out + i, some, found);
    } else if (stream) {
      _mm512_stream_si512(reinterpret_cast<__m512i*>(out + i), found);
    } else {
      _mm512_storeu_si512(out + i, found);
    }
  }
}
#define ACT_HAS_PERMUTES 1
#else
#define ACT_HAS_PERMUTES 0
#endif

void LookUpBytes(const uint8_t* table, const uint8_t* codes, uint8_t* out, int64_t n, bool stream) {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  if (stream) {  // to where vectors are aligned
    const int64_t before = std::min<int64_t>(n, -reinterpret_cast<uintptr_t>(out) % lanes);
    OneByOne(table, codes, out, before);
    codes += before;
    out += before;
    n -= before;
  }
#if ACT_HAS_PERMUTES
  static const bool has_permutes = __builtin_cpu_supports("avx512vbmi");
  if (has_permutes) return LookUpByPermutes(table, codes, out, n, stream);
#endif
  const Table of(table);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const V found = of(hn::LoadU(d, codes + i));
    stream ? hn::Stream(found, d, out + i) : hn::StoreU(found, d, out + i);
  }
  OneByOne(table, codes + i, out + i, n - i);
}
#undef ACT_HAS_PERMUTES

#endif

}  // namespace
}  // namespace actserve::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::cpu {
namespace {

HWY_EXPORT(LookUpBytes);

template <class Entry, class TableOf>
void Wide(const std::byte* codes, std::byte* out, int64_t n, TableOf table_of) {
  constexpr auto kBytes = static_cast<int64_t>(sizeof(Entry));
  for (int64_t i = 0; i < n; ++i) {
    const std::byte* const entry = table_of(i) + static_cast<int64_t>(codes[i]) * kBytes;
    StoreUnaligned(LoadUnaligned<Entry>(entry), out + i * kBytes);
  }
}
template <class TableOf>
void OfAnySize(int64_t entry_bytes, const std::byte* codes, std::byte* out, int64_t n, TableOf table_of) {
  switch (entry_bytes) {
    case 1: return Wide<uint8_t>(codes, out, n, table_of);
    case 2: return Wide<uint16_t>(codes, out, n, table_of);
    case 4: return Wide<uint32_t>(codes, out, n, table_of);
    default: return Wide<uint64_t>(codes, out, n, table_of);
  }
}

}  // namespace

void LookUp(const std::byte* table, int64_t entry_bytes, const std::byte* codes, std::byte* out, int64_t n,
            bool stream) {
  if (entry_bytes > 1) return OfAnySize(entry_bytes, codes, out, n, [table](int64_t) { return table; });
  HWY_DYNAMIC_DISPATCH(LookUpBytes)
  (reinterpret_cast<const uint8_t*>(table), reinterpret_cast<const uint8_t*>(codes), reinterpret_cast<uint8_t*>(out), n,
   stream);
}

void LookUpInTurn(const std::byte* table, int64_t entry_bytes, int64_t first, int64_t tables, const std::byte* codes,
                  std::byte* out, int64_t n) {
  int64_t turn = first;
  OfAnySize(entry_bytes, codes, out, n, [&](int64_t) {
    const std::byte* const of = table + turn * 256 * entry_bytes;
    if (++turn == tables) turn = 0;
    return of;
  });
}

}  // namespace actserve::cpu
#endif
