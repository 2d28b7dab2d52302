#include "client/cpp/sparse_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace actserve::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Shape ShapeOf(const std::vector<int64_t>& dims) { return *Shape::Make(dims); }

std::string Floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

// In pieces of so many bytes, as a transport delivers them.
absl::Cord InPieces(const std::string& bytes, size_t size) {
  absl::Cord cord;
  for (size_t at = 0; at < bytes.size(); at += size) cord.Append(ToCord(bytes.substr(at, size)));
  return cord;
}

TEST(SparseTensor, IsMadeDense) {
  const auto tensor =
      SparseTensor::Make(Encoding::kBitmap, DataType::kF32, ShapeOf({2, 5}), absl::Cord(std::string("\x42\x02", 2)),
                         absl::Cord(std::string("\x08\x01", 2)), absl::Cord(Floats({1, 2, 3})));
  ASSERT_TRUE(tensor.ok()) << tensor.status();
  EXPECT_EQ(tensor->encoding(), Encoding::kBitmap);
  EXPECT_EQ(tensor->stored(), 3);
  EXPECT_EQ(tensor->size(), 2u + 2 + 12);
  EXPECT_THAT(tensor->values().ToDoubles(), ElementsAre(1, 2, 3));
  EXPECT_EQ(tensor->positions()[0], std::byte{0x42});
  EXPECT_EQ(tensor->negative_zeros()[1], std::byte{1});
  const Tensor dense = tensor->ToDense();
  EXPECT_EQ(dense.shape(), ShapeOf({2, 5}));
  EXPECT_EQ(dense.bytes(), Floats({0, 1, 0, -0.0f, 0, 0, 2, 0, -0.0f, 3}));
}

TEST(SparseTensor, IsMadeDenseOfTwoOfFour) {
  const auto tensor =
      SparseTensor::Make(Encoding::kTwoFour, DataType::kF32, ShapeOf({12}), absl::Cord(std::string("\xe4\x09", 2)), {},
                         absl::Cord(Floats({1, 2, 3, 0, 4, 5})));
  ASSERT_TRUE(tensor.ok()) << tensor.status();
  EXPECT_EQ(tensor->ToDense().bytes(), Floats({1, 2, 0, 0, 0, 0, 3, 0, 0, 4, 5, 0}));
}

TEST(SparseTensor, MayLieInPieces) {
  std::mt19937 random(1);
  const int64_t n = 50'001;
  std::vector<double> dense(n), values;
  std::string bitmap((n + 7) / 8, '\0');
  for (int64_t i = 0; i < n; ++i) {
    if (random() % 3 != 0) continue;
    dense[i] = i + 1;
    values.push_back(dense[i]);
    bitmap[i / 8] = static_cast<char>(bitmap[i / 8] | 1 << i % 8);
  }
  const std::string bytes(Tensor::Vector(values).bytes());
  for (const size_t size : {1u, 7u, 100u, 8192u, 1u << 20}) {
    const auto tensor = SparseTensor::Make(Encoding::kBitmap, DataType::kF64, ShapeOf({n}), InPieces(bitmap, size), {},
                                           InPieces(bytes, size));
    ASSERT_TRUE(tensor.ok()) << tensor.status();
    EXPECT_EQ(tensor->ToDense(), Tensor::Vector(dense));
  }
}

TEST(SparseTensor, MayHaveNoElements) {
  const auto tensor = SparseTensor::Make(Encoding::kBitmap, DataType::kF32, ShapeOf({0, 3}), {}, {}, {});
  ASSERT_TRUE(tensor.ok()) << tensor.status();
  EXPECT_EQ(tensor->ToDense().size(), 0u);
}

TEST(SparseTensor, MustBeConsistent) {
  const auto error_of = [](const std::string& positions, const std::string& values) {
    return std::string(SparseTensor::Make(Encoding::kBitmap, DataType::kF32, ShapeOf({10}), absl::Cord(positions), {},
                                          absl::Cord(values))
                           .status()
                           .message());
  };
  EXPECT_THAT(error_of("x", ""), HasSubstr("has 1 bytes; expected 2"));
  EXPECT_THAT(error_of("\x01\x04", "0123"), HasSubstr("bits set beyond the last of 10 elements"));
  EXPECT_THAT(error_of("\x01\x02", "0123"), HasSubstr("has 4 bytes; expected 8, of the 2 elements of f32"));
}

}  // namespace
}  // namespace actserve::client
