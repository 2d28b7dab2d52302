// Vectors of numbers from and to memory of any element type. Without an include guard: see family.cc.

template <class E>
struct Element {};  // the number that arithmetic on an element type is done in
template <>
struct Element<double> {
  using Number = double;
};
template <>
struct Element<float> {
  using Number = float;
};
template <>
struct Element<hwy::float16_t> {
  using Number = float;
};
template <>
struct Element<hwy::bfloat16_t> {
  using Number = float;
};

ACT_FN hn::Vec<hn::ScalableTag<double>> LoadNumbers(const double* from) {
  return hn::LoadU(hn::ScalableTag<double>(), from);
}
ACT_FN hn::Vec<hn::ScalableTag<float>> LoadNumbers(const float* from) {
  return hn::LoadU(hn::ScalableTag<float>(), from);
}
ACT_FN hn::Vec<hn::ScalableTag<float>> LoadNumbers(const hwy::bfloat16_t* from) {
  const hn::ScalableTag<float> d;
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<hwy::bfloat16_t, decltype(d)>(), from));
}
ACT_FN hn::Vec<hn::ScalableTag<float>> LoadNumbers(const hwy::float16_t* from) {
  const hn::ScalableTag<float> d;
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  float numbers[hn::MaxLanes(d)];  // Highway's own knows neither infinity nor NaN here
  for (size_t i = 0; i < hn::MaxLanes(d); ++i) {
    numbers[i] = static_cast<float>(ValueOfF16(LoadUnaligned<uint16_t>(reinterpret_cast<const std::byte*>(from + i))));
  }
  return hn::LoadU(d, numbers);
#else
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<hwy::float16_t, decltype(d)>(), from));
#endif
}

// Numbers as elements of the type that `to` points at, rounded to nearest even.
ACT_FN auto ToElements(hn::Vec<hn::ScalableTag<double>> v, const double* to) { return v; }
ACT_FN auto ToElements(hn::Vec<hn::ScalableTag<float>> v, const float* to) { return v; }
// By integer arithmetic: Highway's own truncates on some targets and flushes subnormals on others.
ACT_FN auto ToElements(hn::Vec<hn::ScalableTag<float>> v, const hwy::bfloat16_t* to) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
  const auto rounded = hn::And(bits + odd + hn::Set(du, 0x7fff), hn::Set(du, 0xffff0000));
  return hn::DemoteTo(hn::Rebind<hwy::bfloat16_t, decltype(d)>(), hn::BitCast(d, rounded));
}
ACT_FN auto ToElements(hn::Vec<hn::ScalableTag<float>> v, const hwy::float16_t* to) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<hwy::float16_t, decltype(d)> dh;
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  float numbers[hn::MaxLanes(d)];
  hwy::float16_t elements[hn::MaxLanes(d)];
  hn::StoreU(v, d, numbers);
  for (size_t i = 0; i < hn::MaxLanes(d); ++i) {
    const uint16_t bits = RoundToF16(numbers[i]);
    std::memcpy(static_cast<void*>(elements + i), &bits, sizeof bits);
  }
  return hn::LoadU(dh, elements);
#else
  return hn::DemoteTo(dh, v);
#endif
}

template <class V, class E>
ACT_FN void StoreNumbers(V v, E* to) {
  hn::StoreU(ToElements(v, to), hn::Rebind<E, hn::DFromV<V>>(), to);
}
// Around the caches; `to` is aligned to as many elements as a vector has numbers. After the last one: hwy::FlushStream.
template <class V, class E>
ACT_FN void StreamNumbers(V v, E* to) {
  hn::Stream(ToElements(v, to), hn::Rebind<E, hn::DFromV<V>>(), to);
}

// One element; like vectors of them, it may be at any address.
template <class E>
ACT_FN E ReadElement(const E* from) {
  E element;
  std::memcpy(static_cast<void*>(&element), from, sizeof element);
  return element;
}
template <class E>
ACT_FN void WriteElement(E element, E* to) {
  std::memcpy(static_cast<void*>(to), &element, sizeof element);
}

// The first `count` > 0 numbers of a vector from memory, the others being any numbers, and to memory.
template <class T>
ACT_FN hn::Vec<hn::ScalableTag<T>> LoadSome(const T* from, size_t count) {
  const hn::ScalableTag<T> d;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  return hn::MaskedLoad(hn::FirstN(d, count), d, from);
#else
  T numbers[hn::MaxLanes(d)] = {};
  std::memcpy(numbers, from, count * sizeof(T));
  return hn::LoadU(d, numbers);
#endif
}
template <class T>
ACT_FN void StoreSome(hn::Vec<hn::ScalableTag<T>> v, T* to, size_t count) {
  const hn::ScalableTag<T> d;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  hn::BlendedStore(v, hn::FirstN(d, count), d, to);
#else
  T numbers[hn::MaxLanes(d)];
  hn::StoreU(v, d, numbers);
  std::memcpy(to, numbers, count * sizeof(T));
#endif
}

// Every NaN becomes the one quiet NaN, positive and without payload: targets differ in those that they make.
template <class M, class V>
ACT_FN V CanonicalNan(M m, V v) {
  return m.Select(v == v, v, m.Set(std::numeric_limits<typename M::T>::quiet_NaN()));
}
