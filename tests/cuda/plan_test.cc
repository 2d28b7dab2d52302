// Launches, as planned for devices of several sizes.
#include "kernels/cuda/plan.h"

#include <gtest/gtest.h>

#include "kernels/api/element.h"
#include "tests/cuda/emulated.h"

namespace actserve::cuda {
namespace {

// What kernels are asked to do, in place of doing it.
struct Recorded {
  std::vector<Geometry> geometries;
  std::vector<RowArgs> rows;
  std::vector<ElementwiseArgs> elementwise;
  std::vector<RangeSumArgs> sums;
  std::vector<GatedArgs> gated;
} recorded;

template <class Args>
std::vector<Args>& ListOf();
template <>
std::vector<RowArgs>& ListOf() {
  return recorded.rows;
}
template <>
std::vector<ElementwiseArgs>& ListOf() {
  return recorded.elementwise;
}
template <>
std::vector<RangeSumArgs>& ListOf() {
  return recorded.sums;
}

template <>
std::vector<GatedArgs>& ListOf() {
  return recorded.gated;
}

int failing_launch = -1;

template <class Args, int kWhich>
int Record(const Geometry& geometry, const Args& args, void*) {
  if (static_cast<int>(recorded.geometries.size()) == failing_launch) return 700 + kWhich;
  recorded.geometries.push_back(geometry);
  ListOf<Args>().push_back(args);
  return 0;
}

// The real table, where everything that launches only records.
Kernel RecordingKernel(const Function& function) {
  Kernel kernel = emulated::FindKernel(function.index);
  for (auto& ways : kernel.elementwise) {
    for (auto& way : ways) {
      if (way.launch != nullptr) way.launch = Record<ElementwiseArgs, 0>;
    }
  }
  for (auto& ways : kernel.gated) {
    for (auto& way : ways) {
      if (way.launch != nullptr) way.launch = Record<GatedArgs, 5>;
    }
  }
  for (int d = 0; d < 2; ++d) {
    for (int t = 0; t < 2; ++t) {
      if (kernel.rows_of_half_warps[d][t] != nullptr) kernel.rows_of_half_warps[d][t] = Record<RowArgs, 1>;
      if (kernel.rows_of_blocks[d][t] != nullptr) kernel.rows_of_blocks[d][t] = Record<RowArgs, 2>;
      if (kernel.streamed_rows[d][t] != nullptr) kernel.streamed_rows[d][t] = Record<RowArgs, 3>;
    }
  }
  for (auto& launch : kernel.range_sums) {
    if (launch != nullptr) launch = Record<RangeSumArgs, 4>;
  }
  return kernel;
}

constexpr Limits kH100{.multiprocessors = 132, .shared_bytes = 227 << 10};
constexpr Limits kTuring{.multiprocessors = 40, .shared_bytes = 64 << 10};

struct Wanted {
  std::string_view name;
  std::vector<int64_t> dims;
  DataType type = DataType::kF32, output = DataType::kF32;
  Direction direction = Direction::kEvaluate;
  std::optional<int> axis = {};
  std::vector<NamedParam> params = {};
};

// The call, on memory that nobody touches.
Call MakeCall(const Wanted& wanted) {
  CallRequest request;
  request.function = FindFunction(wanted.name);
  request.direction = wanted.direction;
  request.input = TensorView{wanted.type, *Shape::Make(wanted.dims), nullptr};
  request.axis = wanted.axis;
  request.output_type = wanted.output;
  request.params = *Params::Bind(request.function->info, wanted.params);
  return *CheckCall(request);
}

// Nobody touches what is there.
std::byte memory[1 << 12];
const Addresses kAt{.input = memory, .gate = memory + 256, .output = memory + 512, .gate_gradient = memory + 768};

// Plans the call, and launches it.
Program Planned(const Wanted& wanted, const Limits& limits, int* error = nullptr) {
  recorded = {};
  const Call call = MakeCall(wanted);
  const Program program(call, RecordingKernel(*call.function), limits);
  const int result = program.Launch(kAt, nullptr);
  if (error != nullptr) *error = result;
  return program;
}

TEST(Plan, CoversEveryElementWithTiles) {
  for (const int64_t n : {int64_t{1}, int64_t{2047}, int64_t{2048}, int64_t{2049}, int64_t{1} << 28}) {
    Planned({"gelu", {n}}, kH100);
    ASSERT_EQ(recorded.geometries.size(), 1u);
    const int64_t tile = emulated::FindKernel(FindFunction("gelu")->index).elementwise[0][0].tile;
    EXPECT_EQ(recorded.geometries[0].blocks, (n + tile - 1) / tile) << n;
    EXPECT_EQ(recorded.elementwise[0].n, n);
  }
}

TEST(Plan, LaunchesNothingForNothing) {
  for (const char* name : {"relu", "softmax", "sparsemax"}) {
    Planned({name, {3, 0}}, kH100);
    EXPECT_TRUE(recorded.geometries.empty()) << name;
  }
}

TEST(Plan, TakesTheWayThatTypesAndParametersAllow) {
  const auto way = [](const Wanted& wanted) {
    const Call call = MakeCall(wanted);
    return WayOf(call, emulated::FindKernel(call.function->index));
  };
  using enum DataType;
  EXPECT_EQ(way({"gelu", {4}}), Way::kF32);
  EXPECT_EQ(way({"gelu", {4}, kF16, kF16}), Way::kF16);
  EXPECT_EQ(way({"gelu", {4}, kBF16, kBF16}), Way::kBF16);
  EXPECT_EQ(way({"gelu", {4}, kBF16, kF16}), Way::kNarrow);
  EXPECT_EQ(way({"gelu", {4}, kF16, kF64}), Way::kF64);
  EXPECT_EQ(way({"gelu", {4}, kF64, kBF16}), Way::kF64);
  // A table is of the defaults.
  EXPECT_EQ(way({"silu", {4}, kF32, kF32, Direction::kEvaluate, {}, {{"beta", 1.0}}}), Way::kF32);
  EXPECT_EQ(way({"silu", {4}, kF32, kF32, Direction::kEvaluate, {}, {{"beta", 2.0}}}), Way::kInF64);
  EXPECT_EQ(way({"silu", {4}, kF16, kF32, Direction::kEvaluate, {}, {{"beta", 2.0}}}), Way::kInF64);
  EXPECT_EQ(way({"silu", {4}, kF16, kF16, Direction::kEvaluate, {}, {{"beta", 2.0}}}), Way::kToOdd);
  // A formula that rounds few times is good at any.
  EXPECT_EQ(way({"leaky_relu", {4}, kF16, kF16, Direction::kEvaluate, {}, {{"alpha", 0.5}}}), Way::kF16);
  EXPECT_EQ(way({"prelu", {4}, kF32, kF32, Direction::kEvaluate, {}, {{"alpha", 0.5}}}), Way::kNarrow);
  // Gated functions, by the parameters of their activations.
  EXPECT_EQ(way({"glu", {4}}), Way::kNarrow);
  EXPECT_EQ(way({"glu", {4}, kBF16, kBF16}), Way::kBF16);
  EXPECT_EQ(way({"swiglu", {4}, kF16, kF16, Direction::kEvaluate, {}, {{"beta", 2.0}}}), Way::kToOdd);
  EXPECT_EQ(way({"glu", {4}, kBF16, kF16}), Way::kNarrow);
  EXPECT_EQ(way({"glu", {4}, kF64, kF16}), Way::kF64);
  EXPECT_EQ(way({"clamped_swiglu", {4}, kF32, kF32, Direction::kGradient, {}, {{"limit", 3.0}}}), Way::kNarrow);
  EXPECT_EQ(way({"clamped_swiglu", {4}, kF32, kF32, Direction::kGradient, {}, {{"alpha", 3.0}}}), Way::kInF64);
  EXPECT_EQ(way({"maxout", {4}, kBF16, kBF16}), Way::kNarrow);
}

TEST(Plan, FindsOperandsWhereverTheyLie) {
  const auto planned = [](const Wanted& wanted) {
    Planned(wanted, kH100);
    return recorded.gated.at(0);
  };
  using enum DataType;
  const GatedArgs halves = planned({"glu", {3, 10}});  // the linear half first
  EXPECT_EQ(halves.n, 15);
  EXPECT_EQ(halves.x, kAt.input);
  EXPECT_EQ(halves.gate, kAt.input);
  EXPECT_EQ(halves.places.linear, 0);
  EXPECT_EQ(halves.places.gate, 5);
  EXPECT_EQ(halves.places.run, 5);
  EXPECT_EQ(halves.places.step, 10);
  EXPECT_EQ(halves.y, kAt.output);
  const GatedArgs gradient = planned({"swiglu", {3, 10}, kF32, kF64, Direction::kGradient});  // the gate first
  EXPECT_EQ(gradient.places.linear, 5);
  EXPECT_EQ(gradient.places.gate, 0);
  EXPECT_EQ(gradient.y, kAt.output);
  EXPECT_EQ(gradient.gate_gradient, kAt.output);
  const GatedArgs value = planned({"swiglu", {3, 10}});
  EXPECT_EQ(value.places.linear, 5);
  EXPECT_EQ(value.y, kAt.output);
  const GatedArgs pairs = planned({"clamped_swiglu", {3, 10, 7}, kF16, kF16, Direction::kEvaluate, 1});
  EXPECT_EQ(pairs.places.linear, 7);
  EXPECT_EQ(pairs.places.run, 7);
  EXPECT_EQ(pairs.places.step, 14);
  const GatedArgs pieces = planned({"maxout", {2, 12}, kF32, kF32, Direction::kEvaluate, {}, {{"pieces", 4.0}}});
  EXPECT_EQ(pieces.operands, 4);
  EXPECT_EQ(pieces.places.step, 12);
  EXPECT_EQ(pieces.places.between, 3);
}

TEST(Plan, GivesShortRowsHalfWarpsLongOnesBlocksAndStreamsWhatDoesNotFit) {
  Planned({"softmax", {1 << 18, 1024}}, kH100);
  EXPECT_EQ(recorded.geometries[0].threads, 128);
  EXPECT_EQ(recorded.geometries[0].blocks, (1 << 18) / 8);
  EXPECT_TRUE(recorded.rows[0].has_vectors);
  EXPECT_EQ(recorded.rows[0].pitch % 32, 16) << "both half-warps of a warp would read the same banks";

  Planned({"softmax", {8192, 32768}}, kH100);
  EXPECT_EQ(recorded.geometries[0].threads, 512);
  EXPECT_EQ(recorded.geometries[0].blocks, 8192);
  EXPECT_GT(recorded.geometries[0].shared_bytes, 32768 * 4);

  const Program streamed = Planned({"softmax", {2048, 131072}}, kH100);
  EXPECT_EQ(recorded.geometries[0].blocks, 2 * 132);
  EXPECT_EQ(streamed.workspace_bytes(), int64_t{2} * 132 * 131072 * 4);
}

TEST(Plan, NeverAsksForMoreSharedMemoryThanThereIs) {
  for (const Limits& limits : {kH100, kTuring, Limits{.multiprocessors = 1, .shared_bytes = 4 << 10}}) {
    for (const char* name : {"softmax", "log_softmax", "sparsemax"}) {
      for (const DataType type : kWideTypes) {
        for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
          for (const int64_t n : {1, 7, 16, 100, 1000, 1024, 1025, 5000, 14000, 33000, 60000}) {
            for (const std::vector<int64_t>& dims : {std::vector<int64_t>{50, n}, std::vector<int64_t>{2, n, 37}}) {
              Planned({name, dims, type, type, direction, 1}, limits);
              ASSERT_EQ(recorded.geometries.size(), 1u);
              const Geometry& geometry = recorded.geometries[0];
              EXPECT_LE(geometry.shared_bytes, limits.shared_bytes) << name << " " << n;
              EXPECT_GE(geometry.blocks, 1);
              EXPECT_EQ(geometry.threads % 32, 0);
              const int at_a_time = std::max(1, recorded.rows[0].rows_at_a_time);
              EXPECT_EQ(geometry.threads % at_a_time, 0) << name << " " << n;
            }
          }
        }
      }
    }
  }
}

TEST(Plan, KeepsTheWorkspaceBelowItsLimitAsLongAsOneRowFits) {
  const Limits limits{.multiprocessors = 100, .shared_bytes = 48 << 10, .workspace_bytes = 10 << 20};
  const Program many = Planned({"softmax", {500, 1 << 20}}, limits);
  EXPECT_LE(many.workspace_bytes(), 10 << 20);
  EXPECT_EQ(recorded.geometries[0].blocks, 2);
  const Program one = Planned({"softmax", {500, 1 << 24}}, limits);
  EXPECT_EQ(recorded.geometries[0].blocks, 1);
  EXPECT_EQ(one.workspace_bytes(), 4 << 24);
}

TEST(Plan, SumsShortChannelsSeveralToABlockAndLongOnesByRanges) {
  std::vector<float> alpha(300, 0.5f);
  const TensorView channels{DataType::kF32, *Shape::Make(std::vector<int64_t>{300}),
                            reinterpret_cast<const std::byte*>(alpha.data())};
  const Wanted by_channel{"prelu", {4, 300, 16},         DataType::kF32, DataType::kF32, Direction::kGradient,
                          1,       {{"alpha", channels}}};
  const Program short_ones = Planned(by_channel, kH100);
  ASSERT_EQ(recorded.sums.size(), 1u);
  EXPECT_EQ(recorded.sums[0].length, 64);
  EXPECT_EQ(recorded.geometries[1].blocks, (300 + 15) / 16);
  EXPECT_EQ(short_ones.sums(), 300);
  EXPECT_EQ(short_ones.params().size(), 300 * sizeof(float));

  const Program long_one =
      Planned({"silu", {100000}, DataType::kF32, DataType::kF32, Direction::kGradient, {}, {{"beta", 2.0}}}, kH100);
  ASSERT_EQ(recorded.sums.size(), 1u);
  EXPECT_EQ(recorded.sums[0].ranges, (100000 + 16383) / 16384);
  EXPECT_EQ(recorded.geometries[1].blocks, recorded.sums[0].ranges);
  EXPECT_EQ(long_one.launches(), 2);
}

TEST(Plan, PassesOnTheErrorOfTheFirstLaunchThatFails) {
  int error = 0;
  const Wanted wanted{"silu", {100}, DataType::kF32, DataType::kF32, Direction::kGradient, {}, {{"beta", 2.0}}};
  failing_launch = 0;
  Planned(wanted, kH100, &error);
  EXPECT_EQ(error, 700);
  EXPECT_TRUE(recorded.geometries.empty()) << "nothing is launched after what failed";
  failing_launch = 1;
  Planned(wanted, kH100, &error);
  EXPECT_EQ(error, 704);
  failing_launch = -1;
}

}  // namespace
}  // namespace actserve::cuda
