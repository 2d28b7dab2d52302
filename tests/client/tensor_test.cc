#include "client/cpp/tensor.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace actserve::client {
namespace {

const std::vector<float> kSix = {1, -2, 3, 4, 5.5, -0.0f};

TEST(Tensor, IsAScalarZeroByDefault) {
  const Tensor tensor;
  EXPECT_EQ(tensor.type(), DataType::kF32);
  EXPECT_EQ(tensor.shape().rank(), 0);
  EXPECT_EQ(tensor.elements(), 1);
  EXPECT_EQ(tensor.at(0), 0);
}

TEST(Tensor, KeepsValuesAndShape) {
  const Tensor tensor = *Tensor::Make(kSix, {2, 3});
  EXPECT_EQ(tensor.shape().ToString(), "[2, 3]");
  EXPECT_EQ(tensor.bytes().size(), 24u);
  const absl::StatusOr<std::span<const float>> view = tensor.View<float>();
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(std::vector<float>(view->begin(), view->end()), kSix);
  EXPECT_EQ(tensor.at(4), 5.5);
  EXPECT_TRUE(std::signbit(tensor.at(5)));
}

TEST(Tensor, RefusesAViewOfAnotherType) {
  const absl::StatusOr<std::span<const double>> view = Tensor::Vector(kSix).View<double>();
  EXPECT_EQ(view.status().message(), "the tensor is of f32, not f64");
}

TEST(Tensor, RefusesBytesThatDoNotFit) {
  EXPECT_EQ(Tensor::Make(kSix, {2, 2}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Tensor::Make(kSix, {-6}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Tensor::Make(kSix, {int64_t{1} << 40, int64_t{1} << 40}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Tensor::Make(DataType::kF16, Shape(), "abc").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Tensor::Make(DataType::kF16, Shape(), "ab").ok());
}

TEST(Tensor, MayBeEmpty) {
  const Tensor tensor = *Tensor::Make(std::span<const float>(), {3, 0, 2});
  EXPECT_EQ(tensor.elements(), 0);
  EXPECT_TRUE(tensor.ToDoubles().empty());
  EXPECT_EQ(tensor.Cast(DataType::kF64).bytes().size(), 0u);
}

TEST(Tensor, CastsEveryTypeToEveryOther) {
  const Tensor tensor = *Tensor::Make(kSix, {6});
  for (const DataType from : kDataTypes) {
    for (const DataType to : kDataTypes) {
      const Tensor cast = tensor.Cast(from).Cast(to);  // the values are exact in all of them
      EXPECT_EQ(cast.type(), to);
      EXPECT_EQ(cast.ToDoubles(), tensor.ToDoubles()) << Name(from) << " to " << Name(to);
    }
  }
}

TEST(Tensor, SlicesAlongTheFirstDimension) {
  const Tensor tensor = *Tensor::Make(kSix, {3, 2});
  const Tensor slice = tensor.Slice(1, 3);
  EXPECT_EQ(slice.shape().ToString(), "[2, 2]");
  EXPECT_EQ(slice.ToDoubles(), (std::vector<double>{3, 4, 5.5, -0.0}));
  EXPECT_EQ(tensor.Slice(2, 2).elements(), 0);
}

TEST(Tensor, ReshapesToAsManyElements) {
  Tensor tensor = *Tensor::Make(kSix, {3, 2});
  const int64_t six[] = {6};
  const absl::StatusOr<Tensor> flat = std::move(tensor).Reshape(*Shape::Make(six));
  ASSERT_TRUE(flat.ok());
  EXPECT_EQ(*flat, Tensor::Vector(kSix));
  EXPECT_FALSE(Tensor(*flat).Reshape(Shape()).ok());
}

}  // namespace
}  // namespace actserve::client
