#include "client/cli/parameter.h"

#include "gtest/gtest.h"
#include "tests/client/process.h"

namespace actserve::client {
namespace {

absl::StatusOr<GivenParameter> Parse(const std::string& text) { return ParseParameter(text, Uint16::kIsNumber); }

TEST(Parameter, IsANumber) {
  const auto given = Parse("beta=1.5");
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(given->function, "");
  EXPECT_EQ(given->parameter.name, "beta");
  EXPECT_EQ(std::get<double>(given->parameter.value), 1.5);
}

TEST(Parameter, IsAVector) {
  const auto given = Parse("aplu.a=0.1,-0.2");
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(given->function, "aplu");
  EXPECT_EQ(given->parameter.name, "a");
  EXPECT_EQ(std::get<Tensor>(given->parameter.value).ToDoubles(), (std::vector<double>{0.1, -0.2}));
}

TEST(Parameter, IsAFile) {
  const testing::TemporaryFolder folder;
  const std::vector<float> slopes = {1, 2, 3, 4};
  const Tensor tensor = *Tensor::Make(slopes, {2, 2});
  ASSERT_TRUE(WriteNpy(ToNpy(tensor), folder / "a.npy").ok());
  const auto given = Parse("a=@" + (folder / "a.npy"));
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(std::get<Tensor>(given->parameter.value), tensor);
}

TEST(Parameter, SaysWhatIsWrong) {
  for (const char* bad : {"beta", "=1", "", "beta=", "beta=x", "beta=1,x", "a=@", "a=@/no/such/file.npy"}) {
    const auto given = Parse(bad);
    ASSERT_FALSE(given.ok()) << bad;
    EXPECT_EQ(given.status().message().find("--param '" + std::string(bad) + "': "), 0u) << given.status();
  }
}

TEST(Parameter, IsForOneFunctionOrAll) {
  const std::vector<GivenParameter> given = {*Parse("beta=1"), *Parse("silu.gamma=2"), *Parse("gelu.delta=3")};
  EXPECT_EQ(ParametersOf(given, "silu").size(), 2u);
  EXPECT_EQ(ParametersOf(given, "gelu").back().name, "delta");
  EXPECT_EQ(ParametersOf(given, "mish").size(), 1u);
}

}  // namespace
}  // namespace actserve::client
