// Elements of every type, one or some at a time. Without an include guard: see family-inl.h.

// Rounded down, of numbers that are not negative. Most often they are small, for which division is not as slow.
ACT_FN int64_t Quotient(int64_t a, int64_t b) {
  if (a < b) return 0;
  return a <= UINT32_MAX ? static_cast<uint32_t>(a) / static_cast<uint32_t>(b) : a / b;
}

// Codes of the 16-bit types.
struct F16 {
  uint16_t code;
};
struct BF16 {
  uint16_t code;
};

// Where a NaN stays the canonical one, which the instruction for it does not see to on a GPU.
ACT_FN float RoundedToFloat(double value) {
  return value == value ? static_cast<float>(value) : std::numeric_limits<float>::quiet_NaN();
}
// A double in so many bits that rounding it again, to 16 bits, does no harm: what is inexact becomes odd.
ACT_FN float RoundedToOdd(double value) {
  const float single = RoundedToFloat(value);
  const auto widened = static_cast<double>(single);
  if (widened == value || value != value) return single;
  auto bits = std::bit_cast<uint32_t>(single);
  if (std::fabs(widened) > std::fabs(value)) --bits;
  return std::bit_cast<float>(bits | 1);
}

ACT_FN float ToFloat(float x) { return x; }
ACT_FN float ToFloat(BF16 x) { return std::bit_cast<float>(static_cast<uint32_t>(x.code) << 16); }
ACT_FN float ToFloat(F16 x) { return FloatOfF16(x.code); }

// Rounded to nearest, ties to even. NaN must be canonical, and stays so.
template <class E>
struct Rounding16 {};
template <>
struct Rounding16<BF16> {
  ACT_FN static BF16 Rounded(float x) {
    const auto bits = std::bit_cast<uint32_t>(x);
    return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
  }
  // Whether the rounding might go the wrong way: whether x is within kSlack (a power of two) units in its last place of
  // the middle between two neighbours.
  template <uint32_t kSlack>
  ACT_FN static bool IsInDoubt(float x) {
    return ((std::bit_cast<uint32_t>(x) + 0x8000 + kSlack) & (0x10000 - 2 * kSlack)) == 0;
  }
};
template <>
struct Rounding16<F16> {
  ACT_FN static F16 Rounded(float x) { return {x == x ? CodeOfF16(x) : uint16_t{0x7e00}}; }
  template <uint32_t kSlack>
  ACT_FN static bool IsInDoubt(float x) {
    // Next to 2^-14, the last place is what it is below, among the subnormal numbers.
    const float size = std::fabs(x), as_normal = size < 0x1p-14f ? size + 0x1p-14f : size;
    return ((std::bit_cast<uint32_t>(as_normal) + 0x1000 + kSlack) & (0x2000 - 2 * kSlack)) == 0;
  }
};

// A number from an element, exact; and an element from a number, rounded once.
template <class T, class E>
ACT_FN T ToNumber(E element) {
  if constexpr (std::is_same_v<E, double>) {
    return static_cast<T>(element);
  } else {
    return ToFloat(element);
  }
}
template <class E, class T>
ACT_FN E ToElement(T number) {
  if constexpr (std::is_same_v<E, T>) {
    return number;
  } else if constexpr (std::is_same_v<E, double>) {
    static_assert(sizeof(T) == 8, "arithmetic is in double where a result is");
  } else if constexpr (std::is_same_v<E, float>) {
    return RoundedToFloat(number);
  } else if constexpr (sizeof(T) == 8) {
    return Rounding16<E>::Rounded(RoundedToOdd(number));
  } else {
    return Rounding16<E>::Rounded(number);
  }
}

// An element of 8 bits, which only its tensor's format makes a number: a double.
struct Byte {
  uint8_t code;
};
// Rounded down, of a whole number from 0 to 2^52.
ACT_FN double Quotient(double a, const Divisor& b) {
  const double q = std::trunc(a * b.inverse), rest = std::fma(-q, b.value, a);  // q: that, or a neighbour
  return rest < 0 ? q - 1 : rest >= b.value ? q + 1 : q;
}
ACT_FN const Coding& CodingOf(const Format& format, int64_t i) {
  const double run = Quotient(static_cast<double>(i), format.inner);
  return format.codings[static_cast<int64_t>(run - Quotient(run, format.channels) * format.channels.value)];
}
ACT_FN double NumberOf(Byte element, const Format& format, int64_t i) {
  if (format.type == DataType::kF8E4M3) return F8E4M3::ValueOf(element.code);
  if (format.type == DataType::kF8E5M2) return F8E5M2::ValueOf(element.code);
  const Coding& coding = CodingOf(format, i);
  const int code = format.type == DataType::kI8 ? static_cast<int8_t>(element.code) : element.code;
  return coding.scale * (code - coding.zero_point);
}
ACT_FN Byte ByteOf(double number, const Format& format, int64_t i) {
  if (format.type == DataType::kF8E4M3) return {F8E4M3::Round(number, format.overflow)};
  if (format.type == DataType::kF8E5M2) return {F8E5M2::Round(number, format.overflow)};
  const ThreadMath<double> m;
  const Coding& coding = CodingOf(format, i);
  const double least = LeastCode(format.type) - coding.zero_point,
               greatest = GreatestCode(format.type) - coding.zero_point;
  const double quotient = number == number ? number / coding.scale : 0;
  const double bounded = quotient > least ? (quotient < greatest ? quotient : greatest) : least;
  return {static_cast<uint8_t>(static_cast<int>(RoundToInteger(m, bounded) + coding.zero_point))};
}

// The number of element i, and the element that is to hold it.
template <class T, class E>
ACT_FN T Decoded(E element, const Format& format, int64_t i) {
  if constexpr (std::is_same_v<E, Byte>) {
    return NumberOf(element, format, i);
  } else {
    return ToNumber<T>(element);
  }
}
template <class E, class T>
ACT_FN E Encoded(T number, const Format& format, int64_t i) {
  if constexpr (std::is_same_v<E, Byte>) {
    return ByteOf(number, format, i);
  } else {
    return ToElement<E>(number);
  }
}

// Calls body(E()) with the type of elements; double and Byte only where numbers are doubles.
template <class T, class Body>
ACT_FN void WithType(DataType type, Body body) {
  switch (type) {
    case DataType::kF64:
      if constexpr (sizeof(T) == 8) body(double());
      return;
    case DataType::kF32: return body(float());
    case DataType::kF16: return body(F16());
    case DataType::kBF16: return body(BF16());
    default:
      if constexpr (sizeof(T) == 8) body(Byte());
  }
}

// kCount elements in a row from index `first`, a multiple of kCount: at an address that the largest packet allows.
template <class E, int kCount>
struct Elements {
  static constexpr int kBytes = kCount * static_cast<int>(sizeof(E)), kPacket = kBytes < 16 ? kBytes : 16;
  E of[kCount];

  ACT_FN static Elements Load(const void* from, int64_t first) {
    const auto* packets = reinterpret_cast<const Packet<kPacket>*>(static_cast<const E*>(from) + first);
    Packet<kPacket> in[kBytes / kPacket];
    for (int i = 0; i < kBytes / kPacket; ++i) in[i] = LoadOnce(packets + i);
    Elements elements;
    std::memcpy(elements.of, in, kBytes);
    return elements;
  }
  ACT_FN void Store(void* to, int64_t first) const {
    auto* packets = reinterpret_cast<Packet<kPacket>*>(static_cast<E*>(to) + first);
    Packet<kPacket> out[kBytes / kPacket];
    std::memcpy(out, of, kBytes);
    for (int i = 0; i < kBytes / kPacket; ++i) packets[i] = out[i];
  }
};

template <class T>
ACT_FN T LoadNumber(const Format& format, const void* from, int64_t i) {
  T number{};
  WithType<T>(format.type, [&](auto e) { number = Decoded<T>(static_cast<const decltype(e)*>(from)[i], format, i); });
  return number;
}
template <class T>
ACT_FN void StoreNumber(const Format& format, T number, void* to, int64_t i) {
  WithType<T>(format.type, [&](auto e) { static_cast<decltype(e)*>(to)[i] = Encoded<decltype(e)>(number, format, i); });
}
template <class T, int kCount>
ACT_FN void LoadNumbers(const Format& format, const void* from, int64_t first, T (&numbers)[kCount]) {
  WithType<T>(format.type, [&](auto e) {
    const auto elements = Elements<decltype(e), kCount>::Load(from, first);
    for (int i = 0; i < kCount; ++i) numbers[i] = Decoded<T>(elements.of[i], format, first + i);
  });
}
template <class T, int kCount>
ACT_FN void StoreNumbers(const Format& format, const T (&numbers)[kCount], void* to, int64_t first) {
  WithType<T>(format.type, [&](auto e) {
    using E = decltype(e);
    Elements<E, kCount> elements;
    for (int i = 0; i < kCount; ++i) elements.of[i] = Encoded<E>(numbers[i], format, first + i);
    elements.Store(to, first);
  });
}
