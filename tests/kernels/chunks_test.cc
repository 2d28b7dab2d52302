// Inputs that lie in chunks, cut anywhere, as a transport delivers them: the bits are those of an input in one piece.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

#include "absl/strings/str_format.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/kernels/tensor.h"

namespace actserve::testing {
namespace {

// A tensor's bytes after some others, cut at random, every chunk in memory of its own that ends where it does.
class Cut {
 public:
  Cut(const TensorView& tensor, int64_t before, int64_t longest, Random& random) : tensor_(tensor), before_(before) {
    const int64_t bytes = before + static_cast<int64_t>(tensor.bytes());
    for (int64_t begin = 0; begin < bytes;) {
      const int64_t end = std::min(bytes, begin + 1 + random.Below(longest));
      auto& memory = memory_.emplace_back(std::make_unique<std::byte[]>(static_cast<size_t>(end - begin)));
      for (int64_t i = std::max(begin, before); i < end; ++i) memory[i - begin] = tensor.data[i - before];
      chunks_.push_back({memory.get(), begin, end});
      begin = end;
    }
  }
  InputView view() const { return InputView(tensor_.type, tensor_.shape, chunks_, before_); }

 private:
  TensorView tensor_;
  int64_t before_;
  std::vector<std::unique_ptr<std::byte[]>> memory_;
  std::vector<Chunk> chunks_;
};

TEST(InputViewTest, ReadsEveryElementAcrossChunks) {
  Random random(1);
  std::vector<double> values(100);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  for (const DataType type : kWideTypes) {
    const Tensor tensor = Tensor::Of(type, values);
    const auto size = static_cast<int64_t>(SizeOf(type));
    for (const int64_t longest : {1, 3, 9, 64, 2000}) {
      const Cut cut(tensor.view(), 5, longest, random);
      const InputView view = cut.view();
      std::vector<std::byte> copy(tensor.view().bytes());
      for (int64_t first = 0; first < 100; first += 7) {
        view.Copy(first, 100 - first, copy.data());
        EXPECT_EQ(std::memcmp(copy.data(), tensor.view().data + first * size, (100 - first) * size), 0);
        int64_t seen = 0;
        view.ForEachRun(first, 100 - first, [&](InputView::Run run, int64_t begin) {
          EXPECT_EQ(begin, seen);
          ASSERT_GE(run.count, 1);
          EXPECT_EQ(std::memcmp(run.data, tensor.view().data + (first + begin) * size, run.count * size), 0);
          seen += run.count;
        });
        EXPECT_EQ(seen, 100 - first);
      }
    }
  }
}

TEST(InputViewTest, KnowsWhereAllOfItLies) {
  const std::byte bytes[20] = {};
  const Chunk chunks[] = {{bytes, 0, 8}, {bytes + 8, 8, 20}};
  EXPECT_EQ(InputView(DataType::kF32, MakeShape({3}), chunks, 8).data(), bytes + 8);
  EXPECT_EQ(InputView(DataType::kF32, MakeShape({2}), chunks, 12).data(), bytes + 12);
  EXPECT_EQ(InputView(DataType::kF32, MakeShape({2}), chunks, 4).data(), nullptr);
  EXPECT_EQ(InputView(DataType::kF32, MakeShape({0}), {}, 0).elements(), 0);
}

class ChunksTest : public ::testing::TestWithParam<Case> {
 protected:
  Problem MakeProblem(const Shape& shape, std::optional<int> axis) const {
    const auto& [name, function, direction, in, out] = GetParam();
    Problem problem{.function = function,
                    .direction = direction,
                    .input = Tensor::Of(in, shape, MixedValues(shape.elements(), 1)),
                    .output_type = out,
                    .axis = axis};
    if (direction == Direction::kGradient) {
      problem.upstream = Tensor::Of(in, shape, MixedValues(shape.elements(), 2));
    }
    if (function->info.kind == FunctionKind::kRowwise) {
      problem.arguments = ArgumentsOf(function->info, ReferenceOf(*function).settings[0]);
    }
    if (function->info.kind != FunctionKind::kPerChannel) return problem;
    const int64_t channels = shape.dim(*axis);
    for (const ParamInfo& param : function->info.params) {
      const Shape own = param.shape == ParamShape::kSegmentsChannels ? MakeShape({3, channels}) : MakeShape({channels});
      problem.arguments.emplace_back(param.name, Tensor::Of(DataType::kF32, own, MixedValues(own.elements(), 3)));
    }
    return problem;
  }

  static Answer SolveCut(const Problem& problem, int64_t longest, Random& random) {
    absl::StatusOr<CallRequest> request = MakeRequest(problem);
    EXPECT_TRUE(request.ok()) << request.status();
    const Cut input(problem.input.view(), random.Below(10), longest, random);
    request->input = input.view();
    std::unique_ptr<Cut> upstream;
    if (problem.upstream) {
      upstream = std::make_unique<Cut>(problem.upstream->view(), random.Below(10), longest, random);
      request->upstream = upstream->view();
    }
    return Solve(*request);
  }
};

TEST_P(ChunksTest, TheBitsAreThoseOfOnePiece) {
  const FunctionKind kind = GetParam().function->info.kind;
  Random random(7);
  ForEachTarget([&](const std::string& target) {
    // Chunks of a few bytes, and such that whole rows and pieces lie in them.
    for (const auto& [shape, longest] : {std::pair(MakeShape({3, 5, 17}), 7), {MakeShape({4, 10, 1031}), 9000}}) {
      std::vector<std::optional<int>> axes;
      if (kind == FunctionKind::kElementwise) axes = {std::nullopt};
      if (kind == FunctionKind::kPerChannel) axes = {1, 2};
      if (kind == FunctionKind::kRowwise) axes = {0, 1, 2};
      for (const std::optional<int> axis : axes) {
        SCOPED_TRACE(absl::StrFormat("%s, axis %d", shape.ToString(), axis.value_or(-1)));
        const Problem problem = MakeProblem(shape, axis);
        EXPECT_TRUE(SolveCut(problem, longest, random) == Solve(problem));
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Kernels, ChunksTest, ::testing::ValuesIn(CasesByDirectionAndTypes(All)), NameOf);

}  // namespace
}  // namespace actserve::testing
