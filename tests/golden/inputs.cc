#include "tests/golden/inputs.h"

#include <array>
#include <bit>
#include <utility>

namespace actserve::golden {
namespace {

// How a type's codes are laid out: sign, exponent, fraction.
struct Format {
  int fraction_bits;
  int exponent_bits;

  uint64_t sign() const { return uint64_t{1} << (fraction_bits + exponent_bits); }
  uint64_t infinity() const { return ((uint64_t{1} << exponent_bits) - 1) << fraction_bits; }
  uint64_t one() const { return ((uint64_t{1} << (exponent_bits - 1)) - 1) << fraction_bits; }
  bool IsFinite(uint64_t code) const { return (code & infinity()) != infinity(); }
};

Format FormatOf(DataType type) {
  switch (type) {
    case DataType::kF64: return {52, 11};
    case DataType::kF32: return {23, 8};
    case DataType::kF16: return {10, 5};
    case DataType::kBF16: return {7, 8};
    default: break;
  }
  return {};
}

std::vector<uint64_t> MakeEvery(DataType type) {
  std::vector<uint64_t> codes;
  if (SizeOf(type) == 2) {
    for (uint64_t code = 0; code < 65536; ++code) codes.push_back(code);
    return codes;
  }
  const Format format = FormatOf(type);
  const uint64_t fractions = (uint64_t{1} << format.fraction_bits) - 1;
  Random random(1);
  const auto both_signs = [&](uint64_t code) {
    codes.push_back(code);
    codes.push_back(code | format.sign());
  };
  for (uint64_t exponent = 0; exponent >> format.exponent_bits == 0; ++exponent) {
    const uint64_t first = exponent << format.fraction_bits;  // a power of two, 0 or infinity
    both_signs(first);
    both_signs(first | fractions);
    both_signs(first | (random.Bits() & fractions));
  }
  for (int bit = 0; bit < format.fraction_bits; ++bit) both_signs(uint64_t{1} << bit);
  for (int64_t n = 1; n <= 2560; ++n) {
    const uint64_t code = CodeOf(type, n, 6);
    for (uint64_t neighbour : {code - 1, code, code + 1}) both_signs(neighbour);
  }
  const int unused = 64 - 8 * static_cast<int>(SizeOf(type));
  for (int i = 0; i < 8192; ++i) codes.push_back(random.Bits() >> unused);
  return codes;
}

std::vector<uint64_t> MakeFinite(DataType type) {
  std::vector<uint64_t> codes;
  for (uint64_t code : Codes(type, Source::kEvery)) {
    if (FormatOf(type).IsFinite(code)) codes.push_back(code);
  }
  Random random(2);
  for (size_t i = codes.size(); i > 1; --i) {
    std::swap(codes[i - 1], codes[static_cast<size_t>(random.Below(static_cast<int64_t>(i)))]);
  }
  return codes;
}

// The sum of four uniform numbers in [-2^50, 2^50), nearly normal, of deviation 1.15 * 2^50.
int64_t Bell(Random& random) {
  int64_t sum = 0;
  for (int i = 0; i < 4; ++i) sum += static_cast<int64_t>(random.Bits() >> 13) - (int64_t{1} << 50);
  return sum;
}

// Tensors take numbers from these in turn; a count with few divisors keeps them from meeting the same ones again.
constexpr int kCount = 50021;

std::vector<uint64_t> MakeModerate(DataType type) {
  Random random(3);
  std::vector<uint64_t> codes;
  for (int i = 0; i < kCount; ++i) {
    const int scale = 46 + static_cast<int>(random.Below(8));
    codes.push_back(CodeOf(type, Bell(random), scale));
  }
  return codes;
}

std::vector<uint64_t> MakeTies(DataType type) {
  Random random(4);
  std::vector<uint64_t> codes;
  codes.reserve(kCount);
  for (int i = 0; i < kCount; ++i) codes.push_back(CodeOf(type, Bell(random) >> 48, 2));
  return codes;
}

std::vector<uint64_t> MakeBytes(DataType type, Source source) {
  std::vector<uint64_t> every(256), finite;
  for (uint64_t code = 0; code < every.size(); ++code) {
    every[code] = code;
    const bool is_special = IsF8(type) && (code & 0x7f) >= (type == DataType::kF8E4M3 ? 0x7f : 0x7c);
    if (!is_special) finite.push_back(code);
  }
  if (source == Source::kEvery) return every;
  Random random(5);
  std::vector<uint64_t> codes(kCount);
  for (uint64_t& code : codes) code = finite[static_cast<size_t>(random.Below(static_cast<int64_t>(finite.size())))];
  return codes;
}

std::vector<uint64_t> Make(DataType type, Source source) {
  if (IsByte(type)) return MakeBytes(type, source);
  switch (source) {
    case Source::kEvery: return MakeEvery(type);
    case Source::kFinite: return MakeFinite(type);
    case Source::kModerate: return MakeModerate(type);
    case Source::kTies: return MakeTies(type);
  }
  return {};
}

template <Source kSource>
const std::vector<uint64_t>& Made(DataType type) {
  static const auto made = [] {
    std::array<std::vector<uint64_t>, std::size(kDataTypes)> made;
    for (const DataType type : kDataTypes) made[static_cast<size_t>(type)] = Make(type, kSource);
    return made;
  }();
  return made[static_cast<size_t>(type)];
}

}  // namespace

const std::vector<uint64_t>& Codes(DataType type, Source source) {
  switch (source) {
    case Source::kEvery: return Made<Source::kEvery>(type);
    case Source::kFinite: return Made<Source::kFinite>(type);
    case Source::kModerate: return Made<Source::kModerate>(type);
    case Source::kTies: return Made<Source::kTies>(type);
  }
  return Made<Source::kEvery>(type);
}

uint64_t CodeOf(DataType type, int64_t n, int scale) {
  const Format format = FormatOf(type);
  const uint64_t sign = n < 0 ? format.sign() : 0;
  const uint64_t magnitude = n < 0 ? -static_cast<uint64_t>(n) : static_cast<uint64_t>(n);
  const int width = std::bit_width(magnitude);
  const int exponent = width - 1 - scale + (1 << (format.exponent_bits - 1)) - 1;
  if (magnitude == 0 || exponent <= 0) return sign;
  const uint64_t significand = magnitude << (64 - width) >> (63 - format.fraction_bits);  // with its leading 1
  return sign | ((static_cast<uint64_t>(exponent - 1) << format.fraction_bits) + significand);
}

uint64_t Random::Bits() {
  uint64_t z = state_ += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

}  // namespace actserve::golden
