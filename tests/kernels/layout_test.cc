// Tensors of every small size at every address: the result of an element depends neither on the elements beside it nor
// on where it lies, and nothing beside the output is written.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_format.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

constexpr int64_t kMaxSize = 131;  // more than two of the longest vectors of the narrowest type, unrolled
constexpr size_t kGuard = 128;     // on each side; a multiple of the alignment
constexpr size_t kAlignment = 64;
constexpr std::byte kGuardByte{0xA5};

// Bytes at a chosen distance from an aligned address, between guards.
class Placed {
 public:
  Placed(size_t offset, size_t bytes)
      : storage_(kAlignment + kGuard + offset + bytes + kGuard, kGuardByte), bytes_(bytes) {
    const auto address = reinterpret_cast<uintptr_t>(storage_.data());
    start_ = (kAlignment - address % kAlignment) % kAlignment + kGuard + offset;
  }
  Placed(size_t offset, const TensorView& content) : Placed(offset, content.bytes()) {
    if (bytes_ != 0) std::memcpy(data(), content.data, bytes_);
  }
  std::byte* data() { return storage_.data() + start_; }
  bool GuardsAreIntact() const {
    const auto intact = [](std::byte byte) { return byte == kGuardByte; };
    return std::all_of(storage_.begin(), storage_.begin() + static_cast<ptrdiff_t>(start_), intact) &&
           std::all_of(storage_.begin() + static_cast<ptrdiff_t>(start_ + bytes_), storage_.end(), intact);
  }

 private:
  std::vector<std::byte> storage_;
  size_t bytes_;
  size_t start_ = 0;
};

class LayoutTest : public ::testing::TestWithParam<Case> {
 protected:
  Problem MakeProblem(std::span<const double> x, std::span<const double> upstream) const {
    const auto& [name, function, direction, in, out] = GetParam();
    Problem problem{.function = function,
                    .direction = direction,
                    .input = Tensor::Of(in, x),
                    .output_type = out,
                    .arguments = RequiredArgumentsOf(function->info, ReferenceOf(*function).settings[0])};
    if (direction == Direction::kGradient) problem.upstream = Tensor::Of(in, upstream);
    return problem;
  }

  // Solves with input, upstream and output at these offsets and compares.
  void CheckPlaced(const Problem& problem, size_t in, size_t out, const std::vector<uint64_t>& expected) const {
    const int64_t n = problem.input.elements();
    SCOPED_TRACE(absl::StrFormat("%d elements, input at +%d, output at +%d", n, in, out));
    absl::StatusOr<CallRequest> request = MakeRequest(problem);
    ASSERT_TRUE(request.ok()) << request.status();
    Placed input(in, problem.input.view());
    request->input_gradient_only = true;
    request->input = TensorView{request->input.type, request->input.shape, input.data()};
    Placed upstream(in + 1, problem.upstream ? problem.upstream->view() : TensorView{.shape = MakeShape({0})});
    if (request->upstream) request->upstream = TensorView{request->input.type, request->input.shape, upstream.data()};
    const absl::StatusOr<Call> call = CheckCall(*request);
    ASSERT_TRUE(call.ok()) << call.status();
    Tensor result(problem.output_type, problem.input.shape());
    Placed output(out, result.view());
    RunInline(*CpuBackend().Prepare(*call, {result.type(), result.shape(), output.data()}, {}));
    EXPECT_TRUE(output.GuardsAreIntact()) << "wrote beside the output";
    const size_t size = SizeOf(result.type());
    for (int64_t i = 0; i < n; ++i) {
      uint64_t bits = 0;
      std::memcpy(&bits, output.data() + static_cast<size_t>(i) * size, size);
      ASSERT_EQ(bits, expected[static_cast<size_t>(i)]) << "element " << i << ", x = " << problem.input[i];
    }
  }

  // Every size once, at addresses that go through all pairs of offsets; some sizes at all pairs of offsets.
  void CheckAll(const std::function<std::vector<uint64_t>(const Problem&)>& expected_bits) const {
    const size_t in_offsets = SizeOf(GetParam().type) + 2;
    const size_t out_offsets = SizeOf(GetParam().output_type) + 2;
    const std::vector<double> x = MixedValues(kMaxSize, 1);
    const std::vector<double> g = MixedValues(kMaxSize, 2);
    for (int64_t n = 0; n <= kMaxSize; ++n) {
      const auto count = static_cast<size_t>(n);
      const Problem problem = MakeProblem(std::span(x).first(count), std::span(g).first(count));
      const std::vector<uint64_t> expected = expected_bits(problem);
      const bool all = n == 1 || n == 15 || n == 16 || n == 17 || n == 33 || n == 67;
      if (!all) CheckPlaced(problem, count % in_offsets, count / in_offsets % out_offsets, expected);
      for (size_t in = 0; all && in < in_offsets; ++in) {
        for (size_t out = 0; out < out_offsets; ++out) CheckPlaced(problem, in, out, expected);
      }
    }
  }
};

class PointwiseLayoutTest : public LayoutTest {};

TEST_P(PointwiseLayoutTest, EveryElementIsAsIfItWereAlone) {
  ForEachTarget([&](const std::string& target) {
    const std::vector<double> x = MixedValues(kMaxSize, 1);
    const std::vector<double> g = MixedValues(kMaxSize, 2);
    std::vector<uint64_t> alone;
    for (size_t i = 0; i < x.size(); ++i) {
      alone.push_back(Solve(MakeProblem(std::span(x).subspan(i, 1), std::span(g).subspan(i, 1))).output.bits(0));
    }
    CheckAll([&](const Problem&) { return alone; });
  });
}

class RowLayoutTest : public LayoutTest {};

TEST_P(RowLayoutTest, ARowIsTheSameAtEveryAddress) {
  ForEachTarget([&](const std::string& target) {
    CheckAll([&](const Problem& problem) {
      const Tensor aligned = Solve(problem).output;
      std::vector<uint64_t> bits;
      for (int64_t i = 0; i < aligned.elements(); ++i) bits.push_back(aligned.bits(i));
      return bits;
    });
  });
}

INSTANTIATE_TEST_SUITE_P(Kernels, PointwiseLayoutTest, ::testing::ValuesIn(CasesByDirectionAndTypes(IsPointwise)),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Kernels, RowLayoutTest, ::testing::ValuesIn(CasesByDirectionAndTypes(IsRowwise)), NameOf);

}  // namespace
}  // namespace actserve::testing
