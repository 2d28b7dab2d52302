// The calls of a case: sizes and layouts that take every way through the kernels' loops.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/golden/cases.h"
#include "tests/golden/inputs.h"

namespace actserve::golden {
namespace {

// How a problem's numbers lie, and where they come from.
struct Layout {
  std::vector<int64_t> dims;
  std::optional<int> axis = {};
  Source input = Source::kModerate;
  Source upstream = Source::kModerate;
};

[[noreturn]] void Fail(std::string_view what, std::string_view name) {
  std::fprintf(stderr, "golden: %.*s '%.*s'\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(name.size()), name.data());
  std::abort();
}

Shape MakeShape(std::span<const int64_t> dims) {
  const absl::StatusOr<Shape> shape = Shape::Make(dims);
  if (!shape.ok()) Fail("not a shape:", shape.status().ToString());
  return *shape;
}

// A few vectors and what is left over; more than a piece (16,384 elements); and all of a source.
std::vector<Layout> ElementwiseLayouts(Source all, int64_t count) {
  std::vector<Layout> layouts = {{{count}, {}, all},
                                 {{4099}, {}, Source::kFinite},
                                 {{20000}, {}, Source::kModerate, Source::kFinite},
                                 {{}},
                                 {{3, 5, 7}}};
  for (int64_t n = 0; n <= 33; ++n) layouts.push_back({{n}});
  for (const int64_t n : {63, 64, 65, 127, 128, 129, 255, 256, 257, 1000, 1023, 1025}) layouts.push_back({{n}});
  return layouts;
}

// Channels that follow each other closely, in short runs and in long ones.
std::vector<Layout> ChannelLayouts(Source all, int64_t count) {
  return {{{count / 12, 3, 4}, {}, all},
          {{16, count / 16}, 0, all},
          {{}},
          {{1}},
          {{40}, 0, Source::kFinite},
          {{3, 37}, 0},
          {{40, 1}, 0},
          {{11, 40}},
          {{500, 40}, {}, Source::kModerate, Source::kFinite},
          {{4, 1, 6}},
          {{2, 3, 5}, -1},
          {{9, 3, 100}},
          {{5, 40, 64}},
          {{2, 2, 9001}},
          {{3, 0, 2}, 0}};
}

std::vector<Layout> RowLayouts(Source all, int64_t count) {
  std::vector<Layout> layouts = {{{count / 16, 16}, {}, all},
                                 {{16, count / 16}, {}, all},
                                 {{64, 64}, {}, Source::kFinite},
                                 {{5, 1000}, {}, Source::kFinite},
                                 {{300, 7}, {}, Source::kTies},
                                 {{2, 2000}, {}, Source::kTies, Source::kFinite},
                                 {{}},
                                 {{0}},
                                 {{33, 5}, 0},
                                 {{4, 100, 17}, 1},
                                 {{3, 20, 2, 2}, 1, Source::kTies},
                                 {{2, 300, 40}, -2, Source::kFinite}};
  for (int64_t n = 1; n <= 33; ++n) layouts.push_back({{n}});
  for (const int64_t n : {63, 64, 65, 127, 255, 256, 257, 511, 512, 1000, 2047, 4096, 5003})
    layouts.push_back({{2, n}});
  return layouts;
}

std::vector<Layout> LayoutsOf(const Case& c) {
  // One NaN would hide all else in a sum.
  const Source all = c.what == What::kParameters ? Source::kFinite : Source::kEvery;
  const auto count = static_cast<int64_t>(Codes(c.input_type, all).size());
  switch (c.function->info.kind) {
    case FunctionKind::kElementwise: return ElementwiseLayouts(all, count);
    case FunctionKind::kPerChannel: return ChannelLayouts(all, count);
    case FunctionKind::kRowwise: return RowLayouts(all, count);
  }
  return {};
}

Tensor Fill(DataType type, const Shape& shape, Source source, size_t from) {
  const std::vector<uint64_t>& codes = Codes(type, source);
  Tensor tensor(type, shape);
  for (int64_t i = 0; i < tensor.elements(); ++i)
    tensor.SetBits(i, codes[(from + static_cast<size_t>(i)) % codes.size()]);
  return tensor;
}

// A parameter that is a tensor: multiples of 1/32 in the parameter's range, exact in every type.
Tensor MakeArgument(const ParamInfo& param, DataType type, const Setting& setting, int64_t channels, Random& random) {
  std::vector<int64_t> dims;
  if (param.shape == ParamShape::kSegmentsChannels) dims.push_back(setting.segments);
  if (setting.by_channel) dims.push_back(channels);
  Tensor tensor(type, MakeShape(dims));
  for (int64_t i = 0; i < tensor.elements(); ++i) {
    int64_t n;
    int attempts = 0;
    do {
      if (++attempts > 10000) Fail("no multiple of 1/32 between -4 and 4 is in the range of", param.name);
      n = random.Below(256) - 128;
    } while (static_cast<double>(n) / 32 < param.min || static_cast<double>(n) / 32 > param.max);
    tensor.SetBits(i, CodeOf(type, n, 5));
  }
  return tensor;
}

Problem MakeProblem(const Case& c, const Layout& layout, bool with_upstream, size_t number) {
  const FunctionInfo& info = c.function->info;
  const Shape shape = MakeShape(layout.dims);
  // A source is used from its beginning where it is used up, elsewhere from anywhere.
  const size_t from = layout.input == Source::kModerate || shape.elements() < 10000 ? 1009 * number : 0;
  Problem problem{Fill(c.input_type, shape, layout.input, from), {}, layout.axis, {}};
  // Of an 8-bit input, both are of a wider type.
  const DataType wide = IsByte(c.input_type) ? DataType::kBF16 : c.input_type;
  if (with_upstream) problem.upstream = Fill(wide, shape, layout.upstream, 2003 * number + 7);

  const int rank = shape.rank(), axis = layout.axis.value_or(rank > 1 ? 1 : 0);
  const int64_t channels = rank == 0 ? 1 : shape.dim(axis < 0 ? axis + rank : axis);
  const int row = layout.axis.value_or(-1);
  const int64_t row_length = rank == 0 ? 1 : shape.dim(row < 0 ? row + rank : row);
  Random random(number);
  for (size_t i = 0; i < c.setting.numbers.size(); ++i) {
    const ParamInfo& param = info.params[i];
    const bool is_tensor =
        param.shape == ParamShape::kSegmentsChannels || (param.shape == ParamShape::kChannels && c.setting.by_channel);
    if (is_tensor) {
      problem.arguments.emplace_back(MakeArgument(param, wide, c.setting, channels, random));
    } else {
      const double most = param.is_count ? std::max(1.0, static_cast<double>(row_length)) : c.setting.numbers[i];
      problem.arguments.emplace_back(std::min(c.setting.numbers[i], most));
    }
  }
  return problem;
}

}  // namespace

std::vector<Problem> ProblemsOf(const Case& c) {
  std::vector<Problem> problems;
  for (const Layout& layout : LayoutsOf(c)) {
    problems.push_back(MakeProblem(c, layout, false, problems.size()));
    if (c.what != What::kEvaluate) problems.push_back(MakeProblem(c, layout, true, problems.size()));
  }
  return problems;
}

}  // namespace actserve::golden
