// The inputs are part of what the golden file stands for: where they change on purpose, so do the digests below, and
// ./dev golden --write is due.
#include "tests/golden/inputs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "kernels/api/element.h"
#include "tests/golden/digest.h"

namespace actserve::golden {
namespace {

TEST(Inputs, CodesAreThoseOfTheNumbers) {
  EXPECT_EQ(CodeOf(DataType::kF64, 3, 1), std::bit_cast<uint64_t>(1.5));
  EXPECT_EQ(CodeOf(DataType::kF64, -1, 1000), std::bit_cast<uint64_t>(-0x1p-1000));
  EXPECT_EQ(CodeOf(DataType::kF32, -5, 1), std::bit_cast<uint32_t>(-2.5f));
  EXPECT_EQ(CodeOf(DataType::kF16, -5, 1), RoundToF16(-2.5));
  EXPECT_EQ(CodeOf(DataType::kBF16, 4095, 0), RoundToBF16(4080));  // truncated
  EXPECT_EQ(CodeOf(DataType::kF16, 1, 14), RoundToF16(0x1p-14));
  EXPECT_EQ(CodeOf(DataType::kF16, -1, 15), 0x8000);  // below the normal numbers
  EXPECT_EQ(CodeOf(DataType::kF32, 0, 3), 0u);
}

TEST(Inputs, EveryKindIsThere) {
  const auto has = [](DataType type, uint64_t code) {
    const auto& codes = Codes(type, Source::kEvery);
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  for (const uint64_t code : {0x00000000u, 0x80000000u, 0x00000001u, 0x807fffffu, 0x00800000u, 0x7f7fffffu, 0xff800000u,
                              0x7f800000u, 0x7fffffffu, 0x3f800000u, 0x3f7fffffu, 0xbf800001u}) {
    EXPECT_TRUE(has(DataType::kF32, code)) << std::hex << code;
  }
  EXPECT_TRUE(has(DataType::kF64, 0x8000000000000001));
  EXPECT_TRUE(has(DataType::kF64, 0x7ff0000000000000));
  EXPECT_EQ(Codes(DataType::kF16, Source::kEvery).size(), 65536u);
  EXPECT_EQ(Codes(DataType::kF16, Source::kFinite).size(), 2u * 31 * 1024);
}

TEST(Inputs, AreTheSameEverywhere) {
  const auto digest_of = [](DataType type, Source source) {
    Digest digest;
    for (const uint64_t code : Codes(type, source)) digest.AddBytes(code, static_cast<int>(SizeOf(type)));
    return digest.value();
  };
  EXPECT_EQ(digest_of(DataType::kF64, Source::kEvery), 0x3698f364bdcb8a28);
  EXPECT_EQ(digest_of(DataType::kF32, Source::kEvery), 0xc2df0f2e70e7d98a);
  EXPECT_EQ(digest_of(DataType::kF32, Source::kFinite), 0x170377c70a5e48ce);
  EXPECT_EQ(digest_of(DataType::kF32, Source::kModerate), 0x355e77ab73d20778);
  EXPECT_EQ(digest_of(DataType::kF16, Source::kModerate), 0x5cd7c95bf1899af1);
  EXPECT_EQ(digest_of(DataType::kBF16, Source::kTies), 0x20a56701f679f213);
}

}  // namespace
}  // namespace actserve::golden
