// How calls are taken apart and put together.
#include "kernels/cuda/units.h"

#include <gtest/gtest.h>

#include "tests/cuda/calls.h"

namespace actserve::cuda {
namespace {

constexpr Direction kGradient = Direction::kGradient;

TEST(Units, AreElementsWhereNoneDependsOnAnother) {
  const Units units = UnitsOf(Problem("silu", {3, 5, 7}, {}).call());
  EXPECT_EQ(units.count, 105);
  EXPECT_EQ(units.elements(), 1);
  EXPECT_EQ(units.step, 1);
  // One slope for all channels is like none.
  EXPECT_EQ(UnitsOf(Problem("prelu", {3, 5, 7}, {}).call()).count, 105);
}

TEST(Units, AreRowsOrBundlesOfThem) {
  const Units last = UnitsOf(Problem("softmax", {3, 5, 7}, {}).call());
  EXPECT_EQ(last.count, 15);
  EXPECT_EQ(last.elements(), 7);
  const Units middle = UnitsOf(Problem("softmax", {3, 5, 7}, {.axis = 1}).call());
  EXPECT_EQ(middle.count, 3);
  EXPECT_EQ(middle.shape.ToString(), "[1, 5, 7]");
  EXPECT_EQ(middle.axis, 1);
  EXPECT_EQ(UnitsOf(Problem("softmax", {3, 0, 7}, {.axis = 1}).call()).count, 0);
}

TEST(Units, AreSlicesWithAllChannels) {
  const Units units = UnitsOf(Problem("prelu", {6, 5, 7}, {.by_channel = true}).call());
  EXPECT_EQ(units.count, 6);
  EXPECT_EQ(units.shape.ToString(), "[1, 5, 7]");
}

TEST(Units, HaveAllScales) {
  constexpr DataType kI8 = DataType::kI8;
  EXPECT_EQ(UnitsOf(Problem("silu", {3, 5, 7}, {.type = kI8}).call()).count, 105) << "one for all";
  const Units middle = UnitsOf(Problem("silu", {3, 4, 5, 6, 7}, {.type = kI8, .input_axis = 2}).call());
  EXPECT_EQ(middle.count, 12);
  EXPECT_EQ(middle.shape.ToString(), "[1, 5, 42]");
  EXPECT_EQ(middle.input_axis, 1);
  const Problem problem("softmax", {2, 3, 4, 5, 6, 7, 8, 9},
                        {.type = kI8, .axis = 3, .input_axis = 7, .output_axis = 0});
  const Units all = UnitsOf(problem.call());
  EXPECT_EQ(all.count, 1);
  EXPECT_EQ(all.shape.ToString(), "[1, 2, 12, 5, 336, 9]");
  EXPECT_EQ(all.axis, 3);
  EXPECT_EQ(all.input_axis, 5);
  EXPECT_EQ(all.output_axis, 1);
  const Call part = CallOf(problem.call(), all, 1);
  EXPECT_EQ(part.axis_extent(), 5);
  EXPECT_EQ(part.input.quantization.inner(part.input.shape), 1);
  EXPECT_EQ(part.output_quantization.inner(part.input.shape), 12 * 5 * 336 * 9);
}

TEST(Units, HaveAllOperandsOfWhatIsPacked) {
  const Units last = UnitsOf(Problem("glu", {3, 5, 8}, {}).call());
  EXPECT_EQ(last.count, 15);
  EXPECT_EQ(last.elements(), 8);
  const Units middle = UnitsOf(Problem("maxout", {3, 6, 7}, {.axis = 1, .parameter = 3}).call());
  EXPECT_EQ(middle.count, 3);
  EXPECT_EQ(middle.elements(), 42);
  EXPECT_EQ(UnitsOf(Problem("glu", {3, 5, 7}, {.has_gate = true}).call()).count, 105);

  const Problem packed("swiglu", {4, 32}, {.direction = kGradient, .sums = true});
  EXPECT_EQ(UnitsOf(packed.call()).step, 1024) << "of 16 elements each: a range";
  const Call part = CallOf(packed.call(), UnitsOf(packed.call()), 2);
  EXPECT_EQ(part.input.elements(), 64);
  EXPECT_EQ(part.upstream->elements(), 32);
}

TEST(Units, KeepTheRangesOfSumsWhole) {
  const Units elements = UnitsOf(Problem("silu", {100000}, {.direction = kGradient, .sums = true}).call());
  EXPECT_EQ(elements.step, 16384);
  EXPECT_EQ(elements.RangeOf(3 * 16384), 3);
  const Units slices =
      UnitsOf(Problem("prelu", {600, 5, 96}, {.direction = kGradient, .by_channel = true, .sums = true}).call());
  EXPECT_EQ(slices.step, 512) << "512 slices have three ranges of each channel";
  EXPECT_EQ(slices.RangeOf(512), 3);
}

TEST(Units, CanBeMergedWhereOneProgramComputesThem) {
  const Problem a("silu", {30}, {}), b("silu", {2, 9}, {});
  EXPECT_TRUE(CanMerge(a.call(), b.call())) << "whatever their shapes";
  EXPECT_FALSE(CanMerge(a.call(), Problem("mish", {30}, {}).call()));
  EXPECT_FALSE(CanMerge(a.call(), Problem("silu", {30}, {.direction = kGradient}).call()));
  EXPECT_FALSE(CanMerge(a.call(), Problem("silu", {30}, {.type = DataType::kF16}).call()));
  const Problem gradient("silu", {30}, {.direction = kGradient, .sums = true});
  EXPECT_FALSE(CanMerge(gradient.call(), gradient.call())) << "each has a sum of its own";

  EXPECT_TRUE(CanMerge(Problem("softmax", {4, 9}, {}).call(), Problem("softmax", {9}, {}).call()));
  EXPECT_FALSE(CanMerge(Problem("softmax", {4, 9}, {}).call(), Problem("softmax", {4, 8}, {}).call()));
  EXPECT_FALSE(CanMerge(Problem("softmax", {4, 9}, {}).call(), Problem("softmax", {4, 9}, {.axis = 0}).call()));

  const Problem glu("glu", {2, 8}, {}), gate("glu", {2, 8}, {.has_gate = true});
  EXPECT_TRUE(CanMerge(glu.call(), Problem("glu", {8}, {}).call()));
  EXPECT_FALSE(CanMerge(glu.call(), Problem("glu", {8, 2}, {.axis = 0}).call()));
  EXPECT_FALSE(CanMerge(glu.call(), gate.call()));
  EXPECT_TRUE(CanMerge(gate.call(), Problem("glu", {3}, {.has_gate = true}).call()));
  Call interleaved = glu.call();
  interleaved.layout = GatedLayout::kInterleaved;
  EXPECT_FALSE(CanMerge(glu.call(), interleaved));

  constexpr DataType kI8 = DataType::kI8, kU8 = DataType::kU8;
  const Problem bytes("silu", {4, 9}, {.type = kI8, .input_axis = 1});
  EXPECT_TRUE(CanMerge(bytes.call(), Problem("silu", {9}, {.type = kI8, .input_axis = 0}).call()));
  EXPECT_FALSE(CanMerge(bytes.call(), Problem("silu", {4, 9}, {.type = kI8, .input_axis = 0}).call()));
  EXPECT_FALSE(CanMerge(bytes.call(), Problem("silu", {4, 9}, {.type = kI8}).call()));
  EXPECT_FALSE(CanMerge(bytes.call(), Problem("silu", {4, 9}, {.type = kU8, .input_axis = 1}).call()));
  const Problem f8("silu", {9}, {.output = DataType::kF8E4M3}),
      saturating("silu", {9}, {.output = DataType::kF8E4M3, .overflow = Overflow::kSaturating});
  EXPECT_TRUE(CanMerge(f8.call(), f8.call()));
  EXPECT_FALSE(CanMerge(f8.call(), saturating.call()));
  const Problem gated("glu", {4, 8}, {.type = kI8, .has_gate = true, .gate_axis = 1});
  EXPECT_TRUE(CanMerge(gated.call(), Problem("glu", {8}, {.type = kI8, .has_gate = true, .gate_axis = 0}).call()));
  EXPECT_FALSE(CanMerge(gated.call(), Problem("glu", {4, 8}, {.type = kI8, .has_gate = true}).call()));

  const Problem channels("prelu", {2, 5, 7}, {.by_channel = true}), more("prelu", {9, 5, 7}, {.by_channel = true});
  EXPECT_TRUE(CanMerge(channels.call(), more.call())) << "the same slopes";
  EXPECT_FALSE(CanMerge(channels.call(), Problem("prelu", {2, 5, 7}, {}).call()));
  const auto leaky = [](double slope) {
    const std::vector<NamedParam> params = {{"alpha", slope}};
    CallRequest request;
    request.function = FindFunction("leaky_relu");
    request.params = *Params::Bind(request.function->info, params);
    return *CheckCall(request);
  };
  EXPECT_TRUE(CanMerge(leaky(0.5), leaky(0.5)));
  EXPECT_FALSE(CanMerge(leaky(0.5), leaky(0.25)));
}

}  // namespace
}  // namespace actserve::cuda
