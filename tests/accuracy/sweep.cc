#include "tests/accuracy/sweep.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace actserve::accuracy {
namespace {

constexpr int64_t kRun = 4096;       // what a stride counts
constexpr int64_t kBatch = 1 << 16;  // inputs of one call
constexpr int64_t kTile = 1024;      // results that are looked at one by one if the fast comparison has doubts
constexpr int kLog2Least = 5;        // smaller blocks are the oracle's
constexpr int64_t kLeast = int64_t{1} << kLog2Least;
constexpr int kLog2Small = 16;       // of these and smaller ones a stride may leave out halves
constexpr int64_t kRoughParts = 32;  // of kLeast inputs, which a stride takes of a block that is rough all over
// Doubts then take less than one input in 2^18, usually one in 2^22.
constexpr int kSpareBits = 20;

template <class Code>
void Fill(uint64_t first, int64_t from, int64_t to, std::vector<std::byte>& bytes) {
  auto* codes = reinterpret_cast<Code*>(bytes.data());
  for (int64_t i = from; i < to; ++i) codes[i - from] = static_cast<Code>(first + static_cast<uint64_t>(i));
}

}  // namespace

Sweep::Sweep(Curve curve, std::vector<Compute> computations, Density density)
    : curve_(std::move(curve)),
      computations_(std::move(computations)),
      density_(density),
      tallies_(computations_.size()) {}

void Sweep::Run(const Block& block) {
  if (block.log2_count > density_.log2_largest) {
    Run(block.Half(0));
    return Run(block.Half(1));
  }
  if (density_.stride > 1 && block.log2_count > kLog2Small && IsRough(block)) {
    const int64_t distance = block.count() / kRoughParts;
    for (int64_t i = 0; i < kRoughParts; ++i) Measure(block, nullptr, i * distance, i * distance + kLeast);
    return;
  }
  Run(block, Interpolant(curve_, block));
}

bool Sweep::IsRough(const Block& block) const {
  for (const int64_t at : {int64_t{0}, block.count() / 2, block.count() - kLeast}) {
    const Block part{block.type, block.first + static_cast<uint64_t>(at), kLog2Least};
    if (Interpolant(curve_, part).Suits(kSpareBits)) return false;
  }
  return true;
}

void Sweep::Run(const Block& block, const Interpolant& interpolant) {
  const bool suits = interpolant.Suits(kSpareBits);
  if (!suits && block.log2_count > kLog2Least) {
    const Interpolant halves[] = {Interpolant(curve_, block.Half(0)), Interpolant(curve_, block.Half(1))};
    // At a kink it is one of them that does not suit.
    const bool rough = !halves[0].Suits(kSpareBits) && !halves[1].Suits(kSpareBits);
    const bool one = rough && density_.stride > 1 && block.log2_count <= kLog2Small;
    for (const Interpolant& half : halves) {
      if (one && (&half != halves) == (std::popcount(block.first) % 2 == 0)) continue;  // either, with no pattern
      Run(half.block, half);
    }
    return;
  }
  const int64_t n = block.count();
  for (int64_t run = 0, end = 0; end < n; ++run) {
    const int64_t from = end;
    const bool whole = density_.stride == 1;
    end = std::min(n, from + (whole ? kBatch : kRun));
    if (whole || run % density_.stride == 0 || end == n) Measure(block, suits ? &interpolant : nullptr, from, end);
  }
}

void Sweep::Measure(const Block& block, const Interpolant* interpolant, int64_t from, int64_t to) {
  if ((block.first & ~SignBit(curve_.type)) == 0 && from == 0) ++from;
  const size_t size = SizeOf(curve_.type);
  const auto bytes = static_cast<size_t>(to - from) * size;
  x_.resize(bytes);
  y_.resize(bytes);
  size == 4 ? Fill<uint32_t>(block.first, from, to, x_) : Fill<uint16_t>(block.first, from, to, x_);
  for (size_t c = 0; c < computations_.size(); ++c) {
    computations_[c](x_, y_);
    if (interpolant != nullptr) {
      Judge(NarrowScan(*interpolant), *interpolant, from, to, tallies_[c]);
      continue;
    }
    for (int64_t i = from; i < to; ++i) {
      Settle(curve_, block.first + static_cast<uint64_t>(i), Result(i - from), std::nullopt, tallies_[c]);
    }
  }
}

uint64_t Sweep::Result(int64_t i) const {
  uint64_t code = 0;
  std::memcpy(&code, y_.data() + static_cast<size_t>(i) * SizeOf(curve_.type), SizeOf(curve_.type));
  return code;
}

void Sweep::Judge(const NarrowScan& scan, const Interpolant& interpolant, int64_t from, int64_t to, Tally& tally) {
  const double unit = std::ldexp(1.0, std::max(interpolant.unit_exponent, interpolant.terms_exponent));
  tally.uncertainty = std::max(tally.uncertainty, 2 * scan.polynomial.bound / unit);
  for (int64_t begin = from, end; begin < to; begin = end) {
    end = std::min(to, begin + kTile);
    if (curve_.type == DataType::kF32) {
      const auto* results = reinterpret_cast<const float*>(y_.data()) + (begin - from);
      const Verdict sum = scan.Sum(begin, {results, static_cast<size_t>(end - begin)}, tally.max_ulp);
      if (sum.doubtful == 0 && (sum.wrong == 0 || !tally.wrong_at.empty())) {
        Count(sum, end - begin, tally);
        continue;
      }
    }
    JudgeEach(curve_, begin, end, tally, [&](int64_t i) {
      const uint64_t result = Result(i - from);
      return Judged{interpolant.block.first + static_cast<uint64_t>(i), result,
                    Place{&interpolant, interpolant.block.U(i)}, scan.One(i, result, tally.max_ulp)};
    });
  }
}

}  // namespace actserve::accuracy
