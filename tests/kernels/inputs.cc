#include "tests/kernels/inputs.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <string_view>

#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

using oracle::Format;
using oracle::FormatOf;

// Adds codes; neighbours of a number are neighbours as integers, within one sign.
class Collector {
 public:
  explicit Collector(DataType type) : type_(type) {
    largest_ = oracle::Encode(HUGE_VAL, type) - 1;
    sign_ = uint64_t{1} << (8 * SizeOf(type) - 1);
  }

  // Both signs of the number and of `reach` neighbours on each side.
  void AddNeighbours(double value, int reach) {
    const auto middle = static_cast<int64_t>(oracle::Encode(oracle::Round(std::fabs(value), type_), type_));
    for (int64_t code = middle - reach; code <= middle + reach; ++code) {
      if (code < 0 || code > static_cast<int64_t>(largest_)) continue;
      codes_.push_back(static_cast<uint64_t>(code));
      codes_.push_back(static_cast<uint64_t>(code) | sign_);
    }
  }
  void Add(double value) {
    const double rounded = oracle::Round(value, type_);
    if (std::isfinite(rounded)) codes_.push_back(oracle::Encode(rounded, type_));
  }

  std::vector<uint64_t> Take() {
    std::sort(codes_.begin(), codes_.end());
    codes_.erase(std::unique(codes_.begin(), codes_.end()), codes_.end());
    return std::move(codes_);
  }

 private:
  DataType type_;
  uint64_t largest_;
  uint64_t sign_;
  std::vector<uint64_t> codes_;
};

}  // namespace

uint64_t Random::Bits() {
  uint64_t z = state_ += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

double Random::Uniform(double low, double high) {
  return low + (high - low) * (static_cast<double>(Bits() >> 11) * 0x1p-53);
}

double Random::Normal() {  // Box and Muller's
  const double radius = std::sqrt(-2 * std::log(1 - Uniform(0, 1)));
  return radius * std::cos(2 * std::numbers::pi * Uniform(0, 1));
}

bool SlowTests() {
  const char* value = std::getenv("ACTSERVE_SLOW_TESTS");
  return value != nullptr && std::string_view(value) == "1";
}

std::vector<uint64_t> AllCodes(int thinning) {
  std::vector<uint64_t> codes;
  for (uint64_t code = 0; code < 65536; code += static_cast<uint64_t>(thinning)) codes.push_back(code);
  return codes;
}

std::vector<uint64_t> SampleCodes(DataType type, std::span<const double> points, int thinning) {
  const bool wide = type == DataType::kF64;
  const Format format = FormatOf(type);
  const int smallest = format.min_exponent - format.precision + 1;
  const int scale = SlowTests() ? 100 : 1;
  Collector collector(type);
  Random random(7);

  collector.AddNeighbours(0, 4);
  collector.AddNeighbours(std::ldexp(2 - std::ldexp(1, -format.precision + 1), format.max_exponent), 2);
  for (int e = smallest; e <= format.max_exponent; e += thinning)
    collector.AddNeighbours(std::ldexp(1, e), wide ? 1 : 4);

  for (const double point : points) {
    const int reach = (wide ? 16 : 64) / thinning;
    collector.AddNeighbours(point, reach);
    for (int k = 1; k < format.precision; k += thinning) {
      collector.AddNeighbours(point * (1 + std::ldexp(1, -k)), wide ? 0 : 1);
      collector.AddNeighbours(point * (1 - std::ldexp(1, -k)), wide ? 0 : 1);
    }
    for (int i = 0; i < 64 * scale / thinning; ++i) collector.Add(point + random.Uniform(-0.5, 0.5));
  }

  for (int e = smallest; e <= format.max_exponent; ++e) {
    const bool curved = e >= -12 && e <= 10;  // between x ~ 0 and where exp leaves the range
    const int count = (wide ? 2 : 20) * (curved ? 16 : 1) * scale / thinning;
    for (int i = 0; i < count; ++i) {
      collector.Add(std::ldexp(random.Uniform(1, 2), e));
      collector.Add(-std::ldexp(random.Uniform(1, 2), e));
    }
  }
  return collector.Take();
}

std::vector<double> MixedValues(int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) {
    const double spread = std::ldexp(1, static_cast<int>(random.Below(12)) - 7);  // 2^-7 to 2^4
    const double value = oracle::Round(spread * random.Normal(), DataType::kBF16);
    values.push_back(oracle::Round(value, DataType::kF16));
  }
  return values;
}

}  // namespace actserve::testing
