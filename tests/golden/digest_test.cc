#include "tests/golden/digest.h"

#include <gtest/gtest.h>

#include <string_view>

namespace actserve::golden {
namespace {

uint64_t DigestOf(std::string_view text) {
  Digest digest;
  for (const char c : text) digest.AddBytes(static_cast<unsigned char>(c), 1);
  return digest.value();
}

// The test vectors of Fowler, Noll and Vo.
TEST(Digest, IsFnv1a) {
  EXPECT_EQ(DigestOf(""), 0xcbf29ce484222325);
  EXPECT_EQ(DigestOf("a"), 0xaf63dc4c8601ec8c);
  EXPECT_EQ(DigestOf("foobar"), 0x85944171f73967e8);
}

TEST(Digest, TakesTheLowestByteFirst) {
  Digest digest;
  digest.AddBytes(0x6f6f66, 3);
  digest.AddBytes(0xffff726162, 3);
  EXPECT_EQ(digest.value(), DigestOf("foobar"));
}

}  // namespace
}  // namespace actserve::golden
