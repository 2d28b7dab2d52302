#include "tests/accuracy/sample.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace actserve::accuracy {
namespace {

constexpr int kLog2Widest = 48;  // of a block: a sixteenth of a binade
constexpr int kLog2Narrowest = 14;
constexpr int kSpareBits = 18;  // see Sweep
constexpr int64_t kPerBlock = 4096;
constexpr int64_t kPerSmallBlock = 64;
constexpr int64_t kPerOracle = 16;  // inputs of a block that the oracle has to judge
constexpr int64_t kTile = 1024;

// Between x ~ 0 and where exp leaves the range.
int WeightOf(int field) { return field >= 1023 - 12 && field <= 1023 + 10 ? 16 : 1; }

// Whether the comparison in doubles holds: it knows no subnormal results, and needs a sign.
bool IsRegular(const Interpolant& f) { return f.sign != 0 && f.unit_exponent > -1022 - 52; }

}  // namespace

Sample::Sample(Curve curve, Compute compute, uint64_t seed)
    : curve_(std::move(curve)), compute_(std::move(compute)), random_(seed) {}

void Sample::Run(int64_t inputs, int part, int parts) {
  const int fields = ExponentFields(curve_.type);
  int64_t weights = 0;
  for (int field = 0; field < fields; ++field) weights += int64_t{2} * WeightOf(field);
  for (int stratum = part; stratum < 2 * fields; stratum += parts) {
    const int field = stratum / 2;
    Stratum(Binade(curve_.type, stratum % 2 != 0, field), inputs * WeightOf(field) / weights);
  }
}

void Sample::Stratum(const Block& binade, int64_t inputs) {
  // A small sample visits only some strata, so that blocks are worth their interpolation.
  if (inputs < kPerSmallBlock) inputs = random_.Below(kPerSmallBlock) < inputs ? kPerSmallBlock : 0;
  const int64_t blocks = (inputs + kPerBlock - 1) / kPerBlock;
  for (int64_t i = 0; i < blocks; ++i) Draw(binade, inputs / blocks);
}

void Sample::Draw(const Block& binade, int64_t inputs) {
  Block block = binade;
  while (block.log2_count > kLog2Widest) block = block.Half(static_cast<int>(random_.Below(2)));
  for (;; block = block.Half(static_cast<int>(random_.Below(2)))) {
    const Interpolant f(curve_, block);
    if (!IsRegular(f) || block.log2_count < kLog2Narrowest)
      return Measure(nullptr, block, std::min(inputs, kPerOracle));
    if (f.Suits(kSpareBits)) return Measure(&f, block, inputs);
  }
}

void Sample::Measure(const Interpolant* interpolant, const Block& block, int64_t inputs) {
  x_.clear();
  u_.clear();
  for (int64_t i = 0; i < inputs; ++i) {
    const int64_t at = random_.Below(block.count());
    const uint64_t code = block.first + static_cast<uint64_t>(at);
    if ((code & ~SignBit(DataType::kF64)) == 0) continue;  // see special.h
    x_.push_back(std::bit_cast<double>(code));
    u_.push_back(block.U(at));
  }
  y_.resize(x_.size());
  compute_(std::as_bytes(std::span(x_)), std::as_writable_bytes(std::span(y_)));
  const auto n = static_cast<int64_t>(x_.size());
  const auto code = [](double value) { return std::bit_cast<uint64_t>(value); };
  const auto at = [&](const std::vector<double>& values, int64_t i) { return values[static_cast<size_t>(i)]; };
  if (interpolant == nullptr) {
    for (int64_t i = 0; i < n; ++i) Settle(curve_, code(at(x_, i)), code(at(y_, i)), std::nullopt, tally_);
    return;
  }
  const PairScan scan(*interpolant);
  const double unit =
      std::ldexp(1.0, std::max(interpolant->unit_exponent, interpolant->terms_exponent) + scan.polynomial.scale);
  tally_.uncertainty = std::max(tally_.uncertainty, 2 * scan.polynomial.bound / unit);
  for (int64_t begin = 0, end; begin < n; begin = end) {
    end = std::min(n, begin + kTile);
    const auto from = static_cast<size_t>(begin), count = static_cast<size_t>(end - begin);
    const Verdict sum =
        scan.Sum(std::span(u_).subspan(from, count), std::span(y_).subspan(from, count), tally_.max_ulp);
    if (sum.doubtful == 0 && (sum.wrong == 0 || !tally_.wrong_at.empty())) {
      Count(sum, end - begin, tally_);
      continue;
    }
    JudgeEach(curve_, begin, end, tally_, [&](int64_t i) {
      return Judged{code(at(x_, i)), code(at(y_, i)), Place{interpolant, at(u_, i)},
                    scan.One(at(u_, i), at(y_, i), tally_.max_ulp)};
    });
  }
}

}  // namespace actserve::accuracy
