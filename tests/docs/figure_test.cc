#include "tests/docs/figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>
#include <string>

namespace actserve::docs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

// A step of 1 at 0, whose derivative is called p < q.
Portrait Step() {
  return {.value_name = "step(x)",
          .derivative_name = "p < q",
          .setting = "",
          .low = -2,
          .high = 2,
          .value = {{{-2, 0}, {-1, 0}, {0, 0}}, {{0, 1}, {2, 1}}},
          .derivative = {{{-2, 0.5}, {2, 0.5}}}};
}

TEST(Figure, HasCurvesTicksAndALegend) {
  const std::string svg = Figure(Step());
  EXPECT_THAT(svg, HasSubstr(">step(x)</text>"));
  EXPECT_THAT(svg, HasSubstr(">p &lt; q</text>"));
  for (const char* tick : {">-2<", ">0<", ">2<", ">0.2<", ">1<"}) EXPECT_THAT(svg, HasSubstr(tick));
  // Two strokes of two points each: the middle one of the first says nothing.
  EXPECT_TRUE(std::regex_search(svg, std::regex("d='M[-0-9. ]+L[-0-9. ]+M[-0-9. ]+L[-0-9. ]+'"))) << svg;
}

TEST(Figure, PutsValuesWhereTheyBelong) {
  // The whole width, from the left margin of 40 to the right one of 12, at half the height between 0 and 1.
  EXPECT_THAT(Figure(Step()), HasSubstr("d='M40.0 154.0L468.0 154.0'"));
}

TEST(Figure, CutsOffWhatIsTooSteep) {
  Portrait steep = Step();
  steep.value = {{{-2, -1e300}, {2, 1e300}}};
  const std::string svg = Figure(steep);
  EXPECT_THAT(svg, HasSubstr(">2<"));
  EXPECT_THAT(svg, Not(HasSubstr("e+")));
  EXPECT_LT(svg.size(), 6000u);
}

TEST(Miniature, HasNoText) {
  const std::string svg = Miniature(Step());
  EXPECT_THAT(svg, Not(HasSubstr("<text")));
  EXPECT_EQ(Count(svg, "clip-path='"), 2u);
  EXPECT_LT(svg.size(), Figure(Step()).size() / 2);
}

// W3C's relative luminance; text wants a contrast of 3 at least.
double Luminance(const std::string& hex) {
  double sum = 0;
  const double weights[] = {0.2126, 0.7152, 0.0722};
  for (int i = 0; i < 3; ++i) {
    const double share = std::stoi(hex.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    sum += weights[i] * (share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4));
  }
  return sum;
}

TEST(Figure, IsLegibleOnLightAndOnDark) {
  const std::string svg = Figure(Step());
  const std::regex color("#[0-9a-f]{6}");
  int colors = 0;
  for (std::sregex_iterator found(svg.begin(), svg.end(), color), end; found != end; ++found, ++colors) {
    const double own = Luminance(found->str()) + 0.05;
    EXPECT_GE((Luminance("#ffffff") + 0.05) / own, 3) << found->str();
    EXPECT_GE(own / (Luminance("#0d1117") + 0.05), 3) << found->str();
  }
  EXPECT_GE(colors, 5);
}

}  // namespace
}  // namespace actserve::docs
