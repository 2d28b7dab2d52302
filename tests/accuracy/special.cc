#include "tests/accuracy/special.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/strings/str_format.h"
#include "tests/accuracy/block.h"
#include "tests/kernels/judge.h"
#include "tests/kernels/tensor.h"

namespace actserve::accuracy {
namespace {

constexpr uint64_t kMostNansOfF64 = uint64_t{1} << 20;  // of each sign
constexpr uint64_t kBatch = 1 << 16;

std::vector<uint64_t> Results(DataType type, const Compute& compute, const std::vector<uint64_t>& codes) {
  const size_t size = SizeOf(type);
  std::vector<std::byte> x(codes.size() * size), y(codes.size() * size);
  for (size_t i = 0; i < codes.size(); ++i) std::memcpy(x.data() + i * size, &codes[i], size);
  compute(x, y);
  std::vector<uint64_t> results(codes.size());
  for (size_t i = 0; i < codes.size(); ++i) std::memcpy(&results[i], y.data() + i * size, size);
  return results;
}

void AddSpecial(bool right, const std::string& what, Tally& tally) {
  ++tally.inputs;
  tally.correct += right;
  tally.wrong += !right;
  if (!right && tally.wrong_at.empty()) tally.wrong_at = what;
}

void MeasureNans(DataType type, const Compute& compute, bool canonical, Tally& tally) {
  const uint64_t infinity = oracle::Encode(HUGE_VAL, type);
  const uint64_t nan = oracle::Encode(NAN, type);
  const uint64_t payloads = uint64_t{1} << FractionBits(type);
  const uint64_t step = type == DataType::kF64 ? payloads / kMostNansOfF64 | 1 : 1;  // odd: the last bits vary
  std::vector<uint64_t> codes;
  const auto flush = [&] {
    for (const uint64_t result : Results(type, compute, codes)) {
      const bool right = canonical ? result == nan : (result & ~SignBit(type)) > infinity;
      AddSpecial(right, "a NaN", tally);
    }
    codes.clear();
  };
  for (const uint64_t sign : {uint64_t{0}, SignBit(type)}) {
    for (uint64_t payload = 1; payload < payloads; payload += step) {
      codes.push_back(sign | infinity | payload);
      if (codes.size() == kBatch) flush();
    }
  }
  flush();
}

// What the metadata states, for the subjects that it speaks of.
std::optional<double> StatedLimit(const Subject& subject, bool negative) {
  const FunctionInfo& info = subject.function->info;
  const bool required =
      std::any_of(info.params.begin(), info.params.end(), [](const ParamInfo& p) { return p.required; });
  if (subject.setting != 0 || subject.section != Section() || required) return std::nullopt;
  const Limits& limits = info.limits;
  if (subject.direction == Direction::kEvaluate) {
    return negative ? limits.value_at_minus_infinity : limits.value_at_plus_infinity;
  }
  return negative ? limits.derivative_at_minus_infinity : limits.derivative_at_plus_infinity;
}

}  // namespace

Tally MeasureSpecials(const Subject& subject, const Compute& compute, bool canonical) {
  const DataType type = subject.type;
  Tally tally;
  MeasureNans(type, compute, canonical, tally);
  const Curve curve = CurveOf(subject);
  for (const bool negative : {false, true}) {
    const double infinity = negative ? -HUGE_VAL : HUGE_VAL;
    const uint64_t code = oracle::Encode(infinity, type);
    const uint64_t result = Results(type, compute, {code})[0];
    const std::string what = Describe(curve, code);
    if (const std::optional<double> limit = StatedLimit(subject, negative); limit && canonical) {
      const double rounded = oracle::Round(oracle::Round(*limit, testing::ComputeType(type, type)), type);
      AddSpecial(result == oracle::Encode(rounded, type), what, tally);
    } else if (std::isnan(oracle::Decode(result, type))) {
      AddSpecial(false, what, tally);
    } else {
      // Beyond every type, where functions have reached their limits to all digits.
      const Real x = (negative ? -1 : 1) * Real::PowerOfTwo(10000);
      const Curve beyond{type, [&](const Real&) { return curve.exact(x); },
                         [&](const Real&) { return curve.terms == nullptr ? Real(0) : curve.terms(x); }};
      Settle(beyond, code, result, std::nullopt, tally);
    }
  }
  const std::vector<uint64_t> zeros = {0, SignBit(type)};
  tally.Merge(MeasureCodes(curve, compute, zeros));
  return tally;
}

Tally MeasureCodes(const Curve& curve, const Compute& compute, const std::vector<uint64_t>& codes) {
  Tally tally;
  const std::vector<uint64_t> results = Results(curve.type, compute, codes);
  for (size_t i = 0; i < codes.size(); ++i) Settle(curve, codes[i], results[i], std::nullopt, tally);
  return tally;
}

std::vector<uint64_t> BoundaryCodes(DataType type) {
  std::vector<uint64_t> codes;
  const auto add = [&](uint64_t middle) {
    for (const uint64_t code : {middle - 1, middle, middle + 1}) {
      if ((code & ~SignBit(type)) < oracle::Encode(HUGE_VAL, type))
        codes.insert(codes.end(), {code, code | SignBit(type)});
    }
  };
  for (int bit = 1; bit < FractionBits(type); ++bit) add(uint64_t{1} << bit);  // subnormal ones
  for (int field = 1; field <= ExponentFields(type); ++field) add(static_cast<uint64_t>(field) << FractionBits(type));
  return codes;
}

}  // namespace actserve::accuracy
