#include "client/cli/naming.h"

#include "gtest/gtest.h"

namespace actserve::client {
namespace {

using Paths = std::vector<std::string>;
const std::vector<ItemName> kNames = {{"gelu", "in/x.npy", 0}, {"silu", "in/x.npy", 1}};

TEST(Naming, ReplacesWordsInBraces) {
  EXPECT_EQ(*ExpandPattern("{function}.npy", kNames), (Paths{"gelu.npy", "silu.npy"}));
  EXPECT_EQ(*ExpandPattern("o/{input}-{index}-{function}", kNames), (Paths{"o/x-0-gelu", "o/x-1-silu"}));
  EXPECT_EQ(*ExpandPattern("{function", {kNames[0]}), (Paths{"{function"}));
  EXPECT_EQ(*ExpandPattern("{input}.npy", {{"gelu", "-", 0}}), (Paths{"stdin.npy"}));
}

TEST(Naming, KeepsItemsApart) {
  EXPECT_EQ(*ExpandPattern("y.npy", {kNames[0]}), (Paths{"y.npy"}));
  EXPECT_EQ(ExpandPattern("y.npy", kNames).status().message(),
            "2 items cannot all go to 'y.npy'; put {function}, {input} or {index} into the name");
  EXPECT_FALSE(ExpandPattern("{input}.npy", kNames).ok());
}

TEST(Naming, RefusesOtherWords) {
  EXPECT_EQ(ExpandPattern("{name}", kNames).status().message(),
            "'{name}': {name} is unknown; expected {function}, {input} or {index}");
}

}  // namespace
}  // namespace actserve::client
