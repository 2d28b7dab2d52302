// Element-wise functions from f32, f16 and bf16 to 8-bit types, where f32 results are good enough to say, but for one
// element in many thousands, what the f64 result would be rounded to.
#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels/cpu/convert.h"
#include "kernels/cpu/work.h"
#include "kernels/functions/tabled.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/decided.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// What results may be that are off by more than f32 ones are: by four units in the last place. All arrays are aligned,
// and have room for whole vectors.
void Bracket(const float* results, double* low, double* high, int64_t n) {
  constexpr double kSlack = 0x1p-21;
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> df;
  for (int64_t i = 0; i < n; i += static_cast<int64_t>(hn::Lanes(d))) {
    const auto result = hn::PromoteTo(d, hn::Load(df, results + i));
    hn::Store(hn::Mul(result, hn::Set(d, 1 - kSlack)), d, low + i);
    hn::Store(hn::Mul(result, hn::Set(d, 1 + kSlack)), d, high + i);
  }
}

// The indices of elements that differ, and (`zeros`) of those whose x is -0; gives their number.
int64_t FindUndecided(const std::byte* a, const std::byte* b, const float* x, bool zeros, int64_t n, int64_t* indices) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::Rebind<uint8_t, decltype(d)> dc;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto minus_zero = hn::BitCast(du, hn::Set(d, -0.0f));
  int64_t count = 0;
  for (int64_t i = 0; i < n; i += lanes) {
    const auto differ = hn::Xor(hn::LoadU(dc, reinterpret_cast<const uint8_t*>(a + i)),
                                hn::LoadU(dc, reinterpret_cast<const uint8_t*>(b + i)));
    auto undecided = hn::Ne(hn::PromoteTo(du, differ), hn::Zero(du));
    if (zeros) undecided = hn::Or(undecided, hn::Eq(hn::BitCast(du, hn::Load(d, x + i)), minus_zero));
    if (hn::AllFalse(du, undecided)) continue;
    for (int64_t j = i; j < std::min(i + lanes, n); ++j) {
      indices[count] = j;
      count += a[j] != b[j] || (zeros && std::bit_cast<uint32_t>(x[j]) == 0x80000000);
    }
  }
  return count;
}

}  // namespace
}  // namespace actserve::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::cpu {
namespace {

HWY_EXPORT(Bracket);
HWY_EXPORT(FindUndecided);

// From here on, what f32 leaves of numbers below its normal ones is the integer 0.
constexpr float kLeastScale = 0x1p-100f;

class Decided final : public Work {
 public:
  Decided(const Task& task, MutableTensorView output) : task_(task), output_(task.call, output) {
    for (size_t i = 0; i < task.call.params.size(); ++i) {
      params_[i] = static_cast<float>(task.call.params.number(i));
    }
  }

  int64_t pieces() const override { return (output_.tensor.elements() + kPieceElements - 1) / kPieceElements; }

  void Run(int64_t piece) override {
    const int64_t begin = piece * kPieceElements, end = std::min(begin + kPieceElements, output_.tensor.elements());
    for (int64_t at = begin; at < end; at += kBlock) RunBlock(at, std::min(kBlock, end - at));
  }

 private:
  static constexpr int64_t kBlock = 1024;

  // What a result is rounded to if it is a little less, and a little more; where that differs, it is computed in f64.
  void RunBlock(int64_t first, int64_t n) const {
    alignas(64) float x[kBlock], y[kBlock];
    alignas(64) double low[kBlock], high[kBlock];
    std::byte codes[kBlock], other[kBlock];
    ToNumbers(task_.call.input, first, n, DataType::kF32, reinterpret_cast<std::byte*>(x));
    task_.kernel.evaluate[static_cast<int>(DataType::kF32)](x, y, n, {.values = params_});
    HWY_DYNAMIC_DISPATCH(Bracket)(y, low, high, n);
    FromNumbers(DataType::kF64, Bytes(low), output_, first, n, codes);
    FromNumbers(DataType::kF64, Bytes(high), output_, first, n, other);
    int64_t undecided[kBlock + 1];
    const int64_t count = HWY_DYNAMIC_DISPATCH(FindUndecided)(codes, other, x, keeps_sign_, n, undecided);
    std::memcpy(output_.At(first), codes, n);
    if (count == 0) return;
    for (int64_t i = 0; i < count; ++i) low[i] = x[undecided[i]];
    task_.kernel.evaluate[static_cast<int>(DataType::kF64)](low, high, count, task_.params.ForChannel(0));
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = first + undecided[i];
      FromNumbers(DataType::kF64, Bytes(high + i), output_, at, 1, output_.At(at));
    }
  }

  static const std::byte* Bytes(const void* numbers) { return static_cast<const std::byte*>(numbers); }

  const Task& task_;
  const Output output_;
  const bool keeps_sign_ = IsF8(output_.tensor.type);  // of a zero; some tables and formulas differ in f(-0)
  float params_[kMaxParams] = {};
};

bool AreDefaults(const Call& call) {
  for (size_t i = 0; i < call.params.size(); ++i) {
    const double fallback = call.function->info.params[i].fallback;
    if (call.params.tensor(i) != nullptr || call.params.number(i) != fallback) return false;
    if (static_cast<float>(fallback) != fallback) return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<Work> MakeDecided(const Task& task, MutableTensorView output) {
  const Call& call = task.call;
  const std::span<const float> scales = call.output_quantization.scales;
  if (!IsByte(call.output_type) || IsByte(call.input.type) || call.input.type == DataType::kF64 ||
      call.direction != Direction::kEvaluate || call.function->info.kind != FunctionKind::kElementwise ||
      !HasValueTable(call.function->index) || !AreDefaults(call) ||
      std::any_of(scales.begin(), scales.end(), [](float scale) { return scale < kLeastScale; })) {
    return nullptr;
  }
  return std::make_unique<Decided>(task, output);
}

}  // namespace actserve::cpu
#endif
