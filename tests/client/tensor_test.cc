#include "client/cpp/tensor.h"

#include <cmath>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
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
  for (const DataType from : kWideTypes) {
    for (const DataType to : kWideTypes) {
      const Tensor cast = tensor.Cast(from).Cast(to);  // the values are exact in all of them
      EXPECT_EQ(cast.type(), to);
      EXPECT_EQ(cast.ToDoubles(), tensor.ToDoubles()) << Name(from) << " to " << Name(to);
    }
  }
}

TEST(Tensor, QuantizesAndBack) {
  const Tensor tensor = *Tensor::Make(std::vector<double>{0.25, 0.75, 1e9, -1e9, std::nan(""), -2}, {2, 3});
  const Tensor i8 = *tensor.Quantize(DataType::kI8, {.scales = {0.5f}, .zero_points = {3}});
  EXPECT_EQ(i8.bytes(), std::string("\3\5\x7f\x80\3\xff", 6));  // ties to even, saturated, NaN is 0
  EXPECT_EQ(i8.ToDoubles(), (std::vector<double>{0, 1, 62, -65.5, 0, -2}));
  EXPECT_EQ(i8.quantization()->scales, std::vector<float>{0.5f});
  const Tensor u8 = *tensor.Quantize(DataType::kU8, {.scales = {0.25f, 1}, .zero_points = {0, 9}, .axis = -2});
  EXPECT_EQ(u8.bytes(), std::string("\1\3\xff\0\x9\7", 6));
  EXPECT_EQ(u8.quantization()->axis, 0);
  EXPECT_EQ(u8.at(5), -2);
  EXPECT_NE(u8, i8);
  const Tensor second = u8.Slice(1, 2);
  EXPECT_EQ(second.ToDoubles(), (std::vector<double>{-9, 0, -2}));
  EXPECT_EQ(second.quantization()->scales, std::vector<float>{1});
  EXPECT_FALSE(u8.Reshape(*Shape::Make(std::vector<int64_t>{6})).ok());  // its rows have their own scales
  EXPECT_TRUE(i8.Reshape(*Shape::Make(std::vector<int64_t>{6})).ok());
  EXPECT_EQ(i8.Cast(DataType::kI8).ToDoubles(), (std::vector<double>{0, 1, 62, -66, 0, -2}));
  EXPECT_EQ(tensor.Quantize(DataType::kF32, {.scales = {1}}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(Tensor::Make(DataType::kI8, Shape(), "a").status().message()),
              ::testing::HasSubstr("quantization: is missing"));
  EXPECT_THAT(std::string(Tensor::Make(DataType::kI8, Shape(), "a", {.scales = {0}}).status().message()),
              ::testing::HasSubstr("quantization.scale: value 0 is 0"));
  EXPECT_FALSE(Tensor::Make(DataType::kF8E5M2, Shape(), "a", {.scales = {1}}).ok());
  EXPECT_EQ(Tensor::Make(DataType::kF8E5M2, Shape(), "\x3c")->at(0), 1);
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

// What a message may be received in: pieces that know nothing of elements, at addresses of any kind.
absl::Cord InPieces(std::string_view bytes, size_t piece) {
  absl::Cord cord;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    const std::string_view part = bytes.substr(at, piece);
    auto memory = std::make_shared<std::string>("?" + std::string(part));  // an odd address
    cord.Append(ToCord(std::as_bytes(std::span(memory->data() + 1, part.size())), memory));
  }
  return cord;
}

TEST(Tensor, ReadsWhatLiesInPieces) {
  std::vector<float> values(5000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) - 7.5f;
  const Tensor whole = *Tensor::Make(values, {50, 100});
  for (const size_t piece : {600, 4097, 20'000}) {
    const Tensor tensor = *Tensor::Make(DataType::kF32, whole.shape(), InPieces(whole.bytes(), piece));
    EXPECT_EQ(tensor, whole);
    std::vector<float> copy(values.size());
    ASSERT_TRUE(tensor.CopyTo(std::as_writable_bytes(std::span(copy))).ok());
    EXPECT_EQ(copy, values);
    EXPECT_EQ(tensor.Slice(13, 27), whole.Slice(13, 27));
    EXPECT_EQ(tensor.Cast(DataType::kBF16), whole.Cast(DataType::kBF16));
    EXPECT_EQ(tensor.at(4999), 4991.5);
    const std::span<const float> view = *tensor.View<float>();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(view.data()) % alignof(float), 0u);
    EXPECT_EQ(std::vector<float>(view.begin(), view.end()), values);
    EXPECT_EQ(tensor.bytes(), whole.bytes());
  }
  std::vector<std::byte> room(19'999);
  EXPECT_EQ(whole.CopyTo(room).message(), "there is room for 19999 bytes; expected the tensor's 20000");
}

TEST(Tensor, IsPutTogetherAtMostOnce) {
  const Tensor whole = Tensor::Vector(std::vector<float>(5000, 1));
  const Tensor pieces = *Tensor::Make(DataType::kF32, whole.shape(), InPieces(whole.bytes(), 4096));
  Tensor copy;
  copy = pieces;
  const absl::Cord before = pieces.Share();
  EXPECT_FALSE(before.TryFlat().has_value());
  const char* const together = pieces.bytes().data();
  EXPECT_EQ(copy.bytes().data(), together);
  EXPECT_EQ(static_cast<const void*>(copy.View<float>()->data()), together);
  EXPECT_EQ(copy.Share().TryFlat()->data(), together);  // the pieces are given back
  EXPECT_EQ(before, copy.Share());                      // but not those that somebody still has

  // One piece at an odd address: bytes are had where they are, elements are not, and both stay.
  const Tensor odd = *Tensor::Make(DataType::kF32, whole.shape(), InPieces(whole.bytes(), 1 << 20));
  const std::string_view bytes = odd.bytes();
  EXPECT_NE(static_cast<const void*>(odd.View<float>()->data()), bytes.data());
  EXPECT_EQ(odd.View<float>()->data(), odd.View<float>()->data());
  EXPECT_EQ(odd.bytes().data(), bytes.data());
  EXPECT_EQ(bytes, whole.bytes());
}

TEST(Tensor, BorrowsMemory) {
  auto memory = std::make_shared<std::vector<float>>(5000, 1.5f);
  const std::weak_ptr<std::vector<float>> kept = memory;
  const std::span<const std::byte> bytes = std::as_bytes(std::span(*memory));
  const Shape shape = *Shape::Make(std::vector<int64_t>{5000});
  EXPECT_FALSE(Tensor::Borrow(DataType::kF64, shape, bytes, memory).ok());
  Tensor tensor = *Tensor::Borrow(DataType::kF32, shape, bytes, std::move(memory));
  EXPECT_EQ(static_cast<const void*>(tensor.View<float>()->data()), bytes.data());
  Tensor slice = tensor.Slice(1000, 3000);
  tensor = Tensor();
  EXPECT_FALSE(kept.expired());  // the slice is of it
  EXPECT_EQ(slice.at(0), 1.5);
  slice = Tensor();
  EXPECT_TRUE(kept.expired());
}

TEST(Tensor, MayBePutTogetherByManyThreads) {
  const Tensor whole = Tensor::Vector(std::vector<float>(100'000, 1));
  const Tensor pieces = *Tensor::Make(DataType::kF32, whole.shape(), InPieces(whole.bytes(), 5000));
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      if (i % 2 == 0) pieces.bytes();
      EXPECT_EQ(pieces, whole);
      EXPECT_EQ((*pieces.View<float>())[99'999], 1);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace actserve::client
