#include "client/cli/numbers.h"

#include <cmath>
#include <sstream>

#include "gtest/gtest.h"

namespace actserve::client {
namespace {

TEST(Numbers, AreSeparatedBySpaceAndCommas) {
  const auto values = ParseNumbers(" 1 -2,3\n\t+4.5e-3 ,,\r\n# 7 8\n.5 9 # 10\n");
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_EQ(*values, (std::vector<double>{1, -2, 3, 0.0045, 0.5, 9}));
  EXPECT_TRUE(ParseNumbers("")->empty());
  EXPECT_TRUE(ParseNumbers(" \n# nothing\n")->empty());
}

TEST(Numbers, MayBeNanOrInfinite) {
  const auto values = ParseNumbers("nan NaN -nan inf -inf +Inf Infinity 1e999 -1e999");
  ASSERT_TRUE(values.ok()) << values.status();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan((*values)[i]));
  EXPECT_EQ(std::vector<double>(values->begin() + 3, values->end()),
            (std::vector<double>{INFINITY, -INFINITY, INFINITY, INFINITY, INFINITY, -INFINITY}));
}

TEST(Numbers, NameTheTokenThatIsNone) {
  for (const char* bad : {"x", "1x", "1.2.3", "--1", "+-1", "+", "0x10", "1e", "nano", "1_000"}) {
    const auto values = ParseNumbers("1 2\n 3 " + std::string(bad) + " 4");
    EXPECT_EQ(values.status().message(), "line 2: '" + std::string(bad) + "' is not a number");
  }
  EXPECT_EQ(ParseNumber("").status().message(), "'' is not a number");
}

TEST(Numbers, PrintsDigitsThatReadBackTheSame) {
  const std::vector<double> values = {0.1, 1.0 / 3, -0.0, 1e300, 5e-324, 123456789012345680.0, NAN, -INFINITY};
  std::ostringstream text;
  PrintNumbers(Tensor::Vector(values), text);
  const auto back = ParseNumbers(text.str());
  ASSERT_TRUE(back.ok());
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_TRUE((*back)[i] == values[i] || std::isnan(values[i])) << i;
    EXPECT_EQ(std::signbit((*back)[i]), std::signbit(values[i])) << i;
  }
}

TEST(Numbers, PrintsNoMoreDigitsThanTheTypeHas) {
  const std::vector<float> tenth = {0.1f};
  EXPECT_EQ(FormatElement(Tensor::Vector(tenth), 0), "0.1");
  EXPECT_EQ(FormatElement(Tensor::Vector(tenth).Cast(DataType::kF64), 0), "0.10000000149011612");
  EXPECT_EQ(FormatElement(Tensor::Vector(tenth).Cast(DataType::kBF16), 0), "0.100097656");
}

}  // namespace
}  // namespace actserve::client
