// What a call gives without its zeros is, made dense again, what it gives densely: every function, direction and type.
#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "absl/strings/str_format.h"
#include "kernels/api/sparse_output.h"
#include "tests/kernels/cases.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/kernels/tensor.h"

namespace actserve::testing {
namespace {

class SparseOutputsTest : public ::testing::TestWithParam<Case> {
 protected:
  Problem MakeProblem(const Shape& shape, std::optional<int> axis) const {
    const auto& [name, function, direction, in, out] = GetParam();
    Problem problem{.function = function,
                    .direction = direction,
                    .input = Tensor::Of(in, shape, MixedValues(shape.elements(), 1)),
                    .output_type = out,
                    .arguments = RequiredArgumentsOf(function->info, ReferenceOf(*function).settings[0]),
                    .axis = axis};
    if (direction == Direction::kGradient) {
      problem.upstream = Tensor::Of(in, shape, MixedValues(shape.elements(), 2));
    }
    return problem;
  }
};

void RunOnThreads(Execution& execution) {
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t piece = execution.pieces() - 1 - t; piece >= 0; piece -= 3) execution.Run(piece);
    });
  }
  for (std::thread& thread : threads) thread.join();
  execution.Finish();
}

TEST_P(SparseOutputsTest, AreTheDenseOnes) {
  const FunctionKind kind = GetParam().function->info.kind;
  for (const Shape& shape : {MakeShape({3, 5, 17}), MakeShape({2, 10, 4120}), MakeShape({0, 4}), MakeShape({8})}) {
    std::vector<std::optional<int>> axes = {std::nullopt};
    if (kind == FunctionKind::kRowwise && shape.rank() == 3) axes = {0, 1, 2};
    for (const std::optional<int> axis : axes) {
      SCOPED_TRACE(absl::StrFormat("%s, axis %d", shape.ToString(), axis.value_or(-1)));
      const Problem problem = MakeProblem(shape, axis);
      const Tensor expected = Solve(problem).output;
      absl::StatusOr<CallRequest> request = MakeRequest(problem);
      ASSERT_TRUE(request.ok()) << request.status();
      request->input_gradient_only = true;
      const absl::StatusOr<Call> call = CheckCall(*request);
      ASSERT_TRUE(call.ok()) << call.status();
      for (const Encoding encoding : {Encoding::kBitmap, Encoding::kAuto}) {
        Tensor room(expected.type(), shape);
        std::vector<std::byte> bits(SparseOutput::MostBitBytes(shape.elements()));
        SparseOutput output(encoding, room.mutable_view(), bits.data());
        RunOnThreads(*CpuBackend().PrepareSparse(*call, output, {.output = output.dense()}));
        if (output.encoding() == Encoding::kDense) {
          EXPECT_EQ(encoding, Encoding::kAuto);
          EXPECT_TRUE(room == expected);
          continue;
        }
        std::vector<std::byte> values;
        for (const auto& extent : output.values()) values.insert(values.end(), extent.data, extent.data + extent.bytes);
        EXPECT_TRUE(CheckSparse(output.view(), values.size()).ok());
        Tensor dense(expected.type(), shape);
        Expand(output.view(), 0, shape.elements(), values.data(), dense.mutable_view().data);
        EXPECT_TRUE(dense == expected);
      }
    }
  }
}

// Bytes are computed in ways of their own.
TEST(SparseOutputsOfBytesTest, AreTheDenseOnes) {
  const Shape shape = MakeShape({5, 4120});
  for (const DataType in : {DataType::kF32, DataType::kF8E5M2}) {
    const Problem problem{.function = FindFunction("relu"),
                          .direction = Direction::kEvaluate,
                          .input = Tensor::Of(in, shape, MixedValues(shape.elements(), 1)),
                          .output_type = DataType::kF8E4M3};
    const absl::StatusOr<CallRequest> request = MakeRequest(problem);
    ASSERT_TRUE(request.ok()) << request.status();
    const absl::StatusOr<Call> call = CheckCall(*request);
    ASSERT_TRUE(call.ok()) << call.status();
    Tensor room(problem.output_type, shape), dense(problem.output_type, shape);
    std::vector<std::byte> bits(SparseOutput::MostBitBytes(shape.elements())), values;
    SparseOutput output(Encoding::kAuto, room.mutable_view(), bits.data());
    RunOnThreads(*CpuBackend().PrepareSparse(*call, output, {.output = output.dense()}));
    ASSERT_EQ(output.encoding(), Encoding::kBitmap);
    for (const auto& extent : output.values()) values.insert(values.end(), extent.data, extent.data + extent.bytes);
    Expand(output.view(), 0, shape.elements(), values.data(), dense.mutable_view().data);
    EXPECT_TRUE(dense == Solve(problem).output);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, SparseOutputsTest, ::testing::ValuesIn(CasesByDirectionAndTypes(HasOneOperand)),
                         NameOf);

}  // namespace
}  // namespace actserve::testing
