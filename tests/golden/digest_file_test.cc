#include "tests/golden/digest_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace actserve::golden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Digests kDigests = {{"gelu evaluate f32 default", "0123456789abcdef"},
                          {"relu gradient f16 default", "fedcba9876543210"}};

TEST(DigestFile, IsReadAsItWasWritten) {
  const std::string path = ::testing::TempDir() + "digests.txt";
  ASSERT_TRUE(WriteDigests(path, kDigests).ok());
  const absl::StatusOr<Digests> read = ReadDigests(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, kDigests);
}

TEST(DigestFile, NamesTheLineThatIsNone) {
  const std::string path = ::testing::TempDir() + "bad.txt";
  std::ofstream(path) << "# comment\n\ngelu evaluate f32 default 0123\n";
  const absl::Status status = ReadDigests(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("bad.txt:3"));
  EXPECT_EQ(ReadDigests(path + ".none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(WriteDigests(path + "/x", {}).code(), absl::StatusCode::kUnavailable);
}

TEST(DigestFile, DifferencesNameTheCaseAndBothDigests) {
  Digests others = kDigests;
  EXPECT_THAT(DifferencesOf(others, kDigests), IsEmpty());
  others.begin()->second.back() = '0';
  others["new evaluate f32 default"] = "0000000000000000";
  EXPECT_THAT(DifferencesOf(others, kDigests),
              ElementsAre("gelu evaluate f32 default: 0123456789abcde0, expected 0123456789abcdef"));
}

}  // namespace
}  // namespace actserve::golden
