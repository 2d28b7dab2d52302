#include "client/cli/plot/plot.h"

#include <cmath>

#include "client/cli/plot/canvas.h"
#include "client/measure/ticks.h"
#include "gtest/gtest.h"

namespace actserve::client {
namespace {

TEST(Canvas, NumbersDotsAsUnicodeDoes) {
  const char* glyphs[4][2] = {{"⠁", "⠈"}, {"⠂", "⠐"}, {"⠄", "⠠"}, {"⡀", "⢀"}};
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 2; ++x) {
      Canvas canvas(1, 1);
      canvas.Set(x, y, 3);
      EXPECT_EQ(canvas.Glyph(0, 0), glyphs[y][x]);
      EXPECT_EQ(canvas.series(0, 0), 3);
    }
  }
}

TEST(Canvas, IgnoresDotsOutside) {
  Canvas canvas(2, 1);
  for (const auto& [x, y] : {std::pair(-1, 0), {0, -1}, {4, 0}, {0, 4}}) canvas.Set(x, y, 0);
  EXPECT_EQ(canvas.Glyph(0, 0) + canvas.Glyph(1, 0), "");
  EXPECT_EQ(canvas.series(0, 0), -1);
}

TEST(Ticks, AreRoundNumbersWithinTheRange) {
  EXPECT_EQ(measure::Ticks(-6, 6, 6), (std::vector<double>{-6, -4, -2, 0, 2, 4, 6}));
  EXPECT_EQ(measure::Ticks(0, 1, 5), (std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1}));
  EXPECT_EQ(measure::Ticks(0.13, 0.29, 3), (std::vector<double>{0.2}));
  for (const double scale : {1e-300, 1e-5, 1.0, 7e12}) {
    const std::vector<double> ticks = measure::Ticks(-scale, 2 * scale, 5);
    EXPECT_GE(ticks.size(), 3u);
    EXPECT_LE(ticks.size(), 8u);
    EXPECT_GE(ticks.front(), -scale);
    EXPECT_LE(ticks.back(), 2 * scale);
  }
}

Plot Relu() {
  Plot plot;
  plot.title = "relu: max(x, 0)";
  plot.width = 40;
  plot.height = 14;
  plot.series = {{"relu(x)", {}}, {"relu'(x)", {}}};
  const int count = SamplesFor(plot.width);
  for (int i = 0; i < count; ++i) {
    plot.x.push_back(-2 + 4.0 * i / (count - 1));
    plot.series[0].values.push_back(std::max(0.0, plot.x[i]));
    plot.series[1].values.push_back(plot.x[i] > 0);
  }
  return plot;
}

TEST(Plot, DrawsAKnownCurve) {
  EXPECT_EQ(Render(Relu()), R"(         relu: max(x, 0)
      2 ┤               ┊            ⢀⠔
        │               ┊           ⡔⠁
        │               ┊         ⡠⠊
        │               ┊       ⢠⠊
      1 ┤               ⠄⠐ ⠂⠐ ⢂⠔⠁⠂⠐ ⠂⠐
        │               ⠂   ⢀⠔⠁
        │               ⡁  ⡠⠊
        │               ⠄⡠⠊
      0 ┤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠖⠁┄┄┄┄┄┄┄┄┄┄┄┄┄
        └┬──────────────┬─────────────┬
        -2              0             2
         ⠒⠒⠒ relu(x)   min 0 at -2, max 2 at 2
         ⠂⠐⠀ relu'(x)  min 0 at -2, max 1 at 0.0339
)");
}

TEST(Plot, PaintsOnlyWhenTold) {
  Plot plot = Relu();
  EXPECT_EQ(Render(plot).find('\x1b'), std::string::npos);
  plot.color = true;
  EXPECT_NE(Render(plot).find("\x1b[36m"), std::string::npos);
}

TEST(Plot, HasTheHeightAskedFor) {
  for (const int height : {8, 14, 40}) {
    Plot plot = Relu();
    plot.height = height;
    const std::string text = Render(plot);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), height);
  }
}

TEST(Plot, LeavesOutWhatIsNotFinite) {
  Plot plot = Relu();
  for (Series& series : plot.series) series.values[3] = NAN, series.values[4] = -INFINITY;
  EXPECT_NE(Render(plot).find("min 0 at -2, max 2 at 2"), std::string::npos);
  for (Series& series : plot.series) std::fill(series.values.begin(), series.values.end(), NAN);
  EXPECT_EQ(Render(plot).find("min"), std::string::npos);
  for (Series& series : plot.series) std::fill(series.values.begin(), series.values.end(), 7.0);
  EXPECT_NE(Render(plot).find("min 7 at -2, max 7 at -2"), std::string::npos);
}

}  // namespace
}  // namespace actserve::client
