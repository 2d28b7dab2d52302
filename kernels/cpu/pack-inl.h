// The lanes of a vector that a mask is true of, put together from the first on; the others are any. Without an include
// guard: a file that Highway compiles for each instruction set includes this inside its own namespace.

#if HWY_TARGET == HWY_AVX2
// By the mask's bits, which of eight lanes are put together.
struct PackedLanes {
  alignas(8) uint8_t of[256][8] = {};

  constexpr PackedLanes() {
    for (int bits = 0; bits < 256; ++bits) {
      int count = 0;
      for (uint8_t lane = 0; lane < 8; ++lane) {
        if (bits >> lane & 1) of[bits][count++] = lane;
      }
    }
  }
};
constexpr PackedLanes kPackedLanes;

// Those of eight words; Highway's own copies a table to the stack first, each time, if compiled by GCC 12: 60 cycles.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V PackWords(D du, V words, uint8_t bits) {
  const auto lanes = hn::Load(hn::Rebind<uint8_t, D>(), kPackedLanes.of[bits]);
  return hn::TableLookupLanes(words, hn::IndicesFromVec(du, hn::PromoteTo(du, lanes)));
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Pack(D d, V v, hn::Mask<D> mask) {
  uint8_t bits[8];
  if constexpr (sizeof(hn::TFromD<D>) >= 4) {
    const hn::Repartition<uint32_t, D> du;  // a lane of 64 bits is two words
    hn::StoreMaskBits(du, hn::MaskFromVec(hn::BitCast(du, hn::VecFromMask(d, mask))), bits);
    return hn::BitCast(d, PackWords(du, hn::BitCast(du, v), bits[0]));
  } else {
    static_assert(hn::MaxLanes(d) == 8, "a lane is made a word");
    const hn::Rebind<uint32_t, D> du;
    hn::StoreMaskBits(d, mask, bits);
    const auto packed = PackWords(du, hn::PromoteTo(du, v), bits[0]);
    return hn::DemoteTo(d, hn::BitCast(hn::RebindToSigned<decltype(du)>(), packed));
  }
}
#elif HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
// The others stay as they are, so that all that is waited for is v. Highway's own makes zeros of them, for which
// processors wait for what the register had before, and has no instruction but a table for lanes of 64 bits.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Pack(D d, V v, hn::Mask<D> mask) {
  constexpr size_t kSize = sizeof(hn::TFromD<D>);
  const hn::RebindToUnsigned<D> du;
  const __m512i lanes = hn::BitCast(du, v).raw;
  __m512i packed;
  if constexpr (kSize == 8) {
    packed = _mm512_mask_compress_epi64(lanes, mask.raw, lanes);
  } else if constexpr (kSize == 4) {
    packed = _mm512_mask_compress_epi32(lanes, mask.raw, lanes);
#if HWY_TARGET == HWY_AVX3_DL
  } else if constexpr (kSize == 2) {
    packed = _mm512_mask_compress_epi16(lanes, mask.raw, lanes);
  } else {
    packed = _mm512_mask_compress_epi8(lanes, mask.raw, lanes);
#else
  } else {
    packed = hn::Compress(hn::BitCast(du, v), hn::RebindMask(du, mask)).raw;
#endif
  }
  return hn::BitCast(d, hn::Vec<decltype(du)>{packed});
}
#else
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Pack(D, V v, hn::Mask<D> mask) {
  return hn::Compress(v, mask);
}
#endif
