// Tensors without their zeros against a naive encoder, on every instruction set and wherever zeros lie; and what is
// said of bytes that are no such tensor.
#include "kernels/api/sparse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "hwy/highway.h"
#include "kernels/api/backend.h"
#include "kernels/api/sparse_output.h"
#include "kernels/api/status.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/tensor.h"

namespace actserve::testing {
namespace {

using ::testing::HasSubstr;
using ByteVector = std::vector<std::byte>;

constexpr DataType kFloats[] = {DataType::kF64,  DataType::kF32,    DataType::kF16,
                                DataType::kBF16, DataType::kF8E4M3, DataType::kF8E5M2};

ByteVector BytesOf(const TensorView& tensor) { return {tensor.data, tensor.data + tensor.bytes()}; }

uint64_t SignOf(DataType type) { return uint64_t{1} << (8 * SizeOf(type) - 1); }

// `zeros` of 100 elements are zeros, `negative` of 100 of these -0.
Tensor Sparse(DataType type, const Shape& shape, int zeros, int negative, Random& random) {
  Tensor tensor(type, shape);
  for (int64_t i = 0; i < tensor.elements(); ++i) {
    if (random.Below(100) < zeros) {
      tensor.SetBits(i, random.Below(100) < negative ? SignOf(type) : 0);
    } else {
      tensor.SetBits(i, (random.Bits() & (SignOf(type) | (SignOf(type) - 1))) | 1);  // NaNs, too
    }
  }
  return tensor;
}

struct Encoded {
  ByteVector positions, negative_zeros, values;
  friend bool operator==(const Encoded&, const Encoded&) = default;
};

void SetBit(ByteVector& bits, int64_t i) { bits[i / 8] |= std::byte(1 << i % 8); }

Encoded Naively(Encoding encoding, const Tensor& tensor) {
  const int64_t n = tensor.elements();
  Encoded encoded{ByteVector(BitBytes(n)), ByteVector(BitBytes(n)), {}};
  const auto is_zero = [&](int64_t i) { return (tensor.bits(i) & (SignOf(tensor.type()) - 1)) == 0; };
  const auto store = [&](int64_t i) {
    const std::byte* at = tensor.view().data + i * static_cast<int64_t>(SizeOf(tensor.type()));
    encoded.values.insert(encoded.values.end(), at, at + SizeOf(tensor.type()));
  };
  const auto leave_out = [&](int64_t i) {
    if (tensor.bits(i) != 0) SetBit(encoded.negative_zeros, i);
  };
  if (encoding == Encoding::kBitmap) {
    for (int64_t i = 0; i < n; ++i) {
      is_zero(i) ? leave_out(i) : (SetBit(encoded.positions, i), store(i));
    }
  } else {
    for (int64_t group = 0; group < n; group += 4) {
      // The pair with the most that are no zeros: of several, as the rule has it.
      constexpr int kPairs[][2] = {{2, 3}, {1, 2}, {0, 2}, {0, 1}, {1, 3}, {0, 3}};
      const auto count = [&](const int(&pair)[2]) { return !is_zero(group + pair[0]) + !is_zero(group + pair[1]); };
      const auto* best = std::max_element(std::begin(kPairs), std::end(kPairs),
                                          [&](const auto& a, const auto& b) { return count(a) < count(b); });
      for (int64_t i = 0; i < 4; ++i) i == (*best)[0] || i == (*best)[1] ? store(group + i) : leave_out(group + i);
      for (int bit = 0; bit < 2; ++bit) {
        if ((*best)[0] >> bit & 1) SetBit(encoded.positions, group + bit);
        if ((*best)[1] >> bit & 1) SetBit(encoded.positions, group + 2 + bit);
      }
    }
  }
  if (std::all_of(encoded.negative_zeros.begin(), encoded.negative_zeros.end(),
                  [](std::byte b) { return b == std::byte{0}; })) {
    encoded.negative_zeros.clear();
  }
  return encoded;
}

// Memory for an output, between guards.
class Room {
 public:
  Room(DataType type, const Shape& shape)
      : bytes_(static_cast<int64_t>(MutableTensorView{type, shape, nullptr}.bytes())),
        bits_(SparseOutput::MostBitBytes(shape.elements())),
        memory_(bytes_ + bits_ + 3 * kGuard + 3, std::byte{0xa5}),
        dense_{type, shape, memory_.data() + kGuard + 1} {}

  MutableTensorView dense() const { return dense_; }
  std::byte* bits() const { return dense_.data + bytes_ + kGuard; }
  bool GuardsAreIntact() const {
    const auto intact = [](std::byte byte) { return byte == std::byte{0xa5}; };
    const std::byte *dense = dense_.data, *bits = this->bits();
    return std::all_of(std::as_const(memory_).data(), dense, intact) && std::all_of(dense + bytes_, bits, intact) &&
           std::all_of(bits + bits_, std::as_const(memory_).data() + memory_.size(), intact);
  }

 private:
  static constexpr int64_t kGuard = 128;
  int64_t bytes_, bits_;
  mutable ByteVector memory_;
  MutableTensorView dense_;
};

Encoded ResultOf(const SparseOutput& output) {
  const SparseView view = output.view();
  Encoded encoded{
      {view.positions.begin(), view.positions.end()}, {view.negative_zeros.begin(), view.negative_zeros.end()}, {}};
  for (const SparseOutput::Extent& extent : output.values()) {
    encoded.values.insert(encoded.values.end(), extent.data, extent.data + extent.bytes);
  }
  return encoded;
}

ByteVector Expanded(const SparseView& view, const ByteVector& values) {
  ByteVector dense(view.shape.elements() * SizeOf(view.type), std::byte{0x77});
  Expand(view, 0, view.shape.elements(), values.data(), dense.data());
  return dense;
}

void EncodeByParts(SparseOutput& output, const Tensor& tensor, int64_t part_elements, int64_t block) {
  output.Divide(part_elements);
  const auto size = static_cast<int64_t>(SizeOf(tensor.type()));
  for (int64_t part = 0; part < output.parts(); ++part) {
    const int64_t begin = part * part_elements, end = std::min(begin + part_elements, tensor.elements());
    for (int64_t i = begin; i < end; i += block) {
      output.Encode(part, i - begin, tensor.view().data + i * size, std::min(block, end - i));
    }
    output.EndPart(part);
  }
  output.Conclude();
}

// With each instruction set that the machine has, those included that only some files are built for.
void ForEachInstructionSet(const std::function<void()>& body) {
  for (int64_t rest = hwy::SupportedTargets(); rest != 0; rest &= rest - 1) {
    const int64_t target = rest & -rest;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    body();
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
}

Shape Flat(int64_t elements) { return MakeShape({elements}); }

TEST(SparseTest, EncodesAsANaiveEncoderDoes) {
  Random random(1);
  ForEachInstructionSet([&] {
    for (const DataType type : kFloats) {
      for (const int64_t n : {0, 1, 7, 8, 63, 64, 65, 200, 1000, 40000}) {
        for (const int zeros : {0, 10, 50, 95, 100}) {
          SCOPED_TRACE(absl::StrFormat("%d of %s, %d%% zeros", n, Name(type), zeros));
          const Tensor tensor = Sparse(type, Flat(n), zeros, n % 3 == 0 ? 0 : 30, random);
          const Encoded expected = Naively(Encoding::kBitmap, tensor);
          Room room(type, Flat(n)), other(type, Flat(n));
          SparseOutput output(Encoding::kBitmap, room.dense(), room.bits());
          EncodeByParts(output, tensor, 512, 136);
          EXPECT_TRUE(ResultOf(output) == expected);
          EXPECT_TRUE(room.GuardsAreIntact());
          EXPECT_EQ(output.bytes(), static_cast<int64_t>(expected.positions.size() + expected.negative_zeros.size() +
                                                         expected.values.size()));
          EXPECT_EQ(Expanded(output.view(), expected.values), BytesOf(tensor.view()));
          EXPECT_TRUE(CheckSparse(output.view(), expected.values.size()).ok());
          // And where it lies.
          SparseOutput in_place(Encoding::kBitmap, other.dense(), other.bits());
          if (n != 0) std::memcpy(other.dense().data, tensor.view().data, tensor.view().bytes());
          in_place.EncodeAll();
          EXPECT_TRUE(ResultOf(in_place) == expected);
          EXPECT_TRUE(other.GuardsAreIntact());
        }
      }
    }
  });
}

TEST(SparseTest, EncodesTwoOfFour) {
  Random random(2);
  ForEachInstructionSet([&] {
    for (const DataType type : kFloats) {
      for (const int64_t n : {0, 4, 8, 12, 60, 64, 68, 1000, 40004}) {
        SCOPED_TRACE(absl::StrFormat("%d of %s", n, Name(type)));
        Tensor tensor = Sparse(type, Flat(n), 40, n % 3 == 0 ? 0 : 30, random);
        for (int64_t group = 0; group < n; group += 4) {  // at most two stay
          const int64_t a = group + random.Below(4);
          tensor.SetBits(a, 0);
          tensor.SetBits(group + (a + 1 + random.Below(3)) % 4, random.Below(2) * SignOf(type));
        }
        const Encoded expected = Naively(Encoding::kTwoFour, tensor);
        Room room(type, Flat(n)), other(type, Flat(n));
        SparseOutput output(Encoding::kTwoFour, room.dense(), room.bits());
        EncodeByParts(output, tensor, 512, 136);
        ASSERT_TRUE(output.status().ok()) << output.status();
        EXPECT_TRUE(ResultOf(output) == expected);
        EXPECT_TRUE(room.GuardsAreIntact());
        EXPECT_EQ(Expanded(output.view(), expected.values), BytesOf(tensor.view()));
        EXPECT_TRUE(CheckSparse(output.view(), expected.values.size()).ok());
        SparseOutput in_place(Encoding::kTwoFour, other.dense(), other.bits());
        if (n != 0) std::memcpy(other.dense().data, tensor.view().data, tensor.view().bytes());
        in_place.EncodeAll();
        EXPECT_TRUE(ResultOf(in_place) == expected);
      }
    }
  });
}

TEST(SparseTest, TellsWhichGroupIsNoTwoOfFour) {
  for (const int64_t misfit : {0, 4, 60, 64, 992}) {
    Tensor tensor(DataType::kF32, MakeShape({5, 200}));
    for (int64_t i = misfit; i < misfit + 3; ++i) tensor.Set(i, 1);
    for (int64_t i = 996; i < 1000; ++i) tensor.Set(i, 1);
    Room room(tensor.type(), tensor.shape());
    SparseOutput output(Encoding::kTwoFour, room.dense(), room.bits());
    EncodeByParts(output, tensor, 256, 128);
    EXPECT_EQ(FieldOf(output.status()), "output_encoding");
    EXPECT_THAT(std::string(output.status().message()),
                HasSubstr(absl::StrFormat("the group of four from [%d, %d] on", misfit / 200, misfit % 200)));
  }
}

TEST(SparseTest, AutoTakesWhatIsSmaller) {
  Random random(3);
  for (const DataType type : kFloats) {
    for (const int negative : {0, 50}) {
      for (int zeros = 0; zeros <= 40; zeros += 2) {
        const Tensor tensor = Sparse(type, Flat(50000), zeros, negative, random);
        const Encoded encoded = Naively(Encoding::kBitmap, tensor);
        const size_t bytes = encoded.positions.size() + encoded.negative_zeros.size() + encoded.values.size();
        Room room(type, tensor.shape());
        SparseOutput output(Encoding::kAuto, room.dense(), room.bits());
        EncodeByParts(output, tensor, 1024, 1024);
        const bool is_sparse = bytes * 8 <= tensor.view().bytes() * 7;
        ASSERT_EQ(output.encoding(), is_sparse ? Encoding::kBitmap : Encoding::kDense);
        if (is_sparse) {
          EXPECT_TRUE(ResultOf(output) == encoded);
        } else {
          EXPECT_EQ(BytesOf({type, tensor.shape(), room.dense().data}), BytesOf(tensor.view()));
          EXPECT_EQ(output.bytes(), static_cast<int64_t>(tensor.view().bytes()));
        }
        EXPECT_TRUE(room.GuardsAreIntact());
      }
    }
  }
}

// Parts that would be better off the other way are changed when all are known.
TEST(SparseTest, AutoDecidesForAllParts) {
  Random random(4);
  for (const int dense_parts : {0, 1, 5, 9, 10}) {
    Tensor tensor = Sparse(DataType::kF32, Flat(10000), 90, 20, random);
    for (int64_t i = 0; i < 1000 * dense_parts; ++i) tensor.SetBits(i, i % 100 == 7 ? 0 : 1 + i);
    const bool is_sparse = dense_parts < 9;
    Room room(tensor.type(), tensor.shape());
    SparseOutput output(Encoding::kAuto, room.dense(), room.bits());
    EncodeByParts(output, tensor, 1000, 1000);
    ASSERT_EQ(output.encoding(), is_sparse ? Encoding::kBitmap : Encoding::kDense) << dense_parts;
    if (is_sparse) {
      EXPECT_TRUE(ResultOf(output) == Naively(Encoding::kBitmap, tensor));
    } else {
      EXPECT_EQ(BytesOf({tensor.type(), tensor.shape(), room.dense().data}), BytesOf(tensor.view()));
    }
  }
}

// What little is stored of a part is sent with that of others.
TEST(SparseTest, JoinsSmallPieces) {
  Random random(5);
  const Tensor tensor = Sparse(DataType::kF32, Flat(1 << 20), 99, 0, random);
  Room room(tensor.type(), tensor.shape());
  SparseOutput output(Encoding::kBitmap, room.dense(), room.bits());
  EncodeByParts(output, tensor, 16384, 4096);
  EXPECT_EQ(output.values().size(), 1u);
  const Tensor denser = Sparse(DataType::kF32, Flat(1 << 20), 50, 0, random);
  EncodeByParts(output, denser, 16384, 4096);
  EXPECT_EQ(output.values().size(), 64u);
}

TEST(SparseTest, ExpandsAnywhere) {
  Random random(6);
  const Tensor tensor = Sparse(DataType::kF32, Flat(1000), 50, 20, random);
  const Encoded encoded = Naively(Encoding::kBitmap, tensor);
  const SparseView view{Encoding::kBitmap, DataType::kF32, tensor.shape(), encoded.positions, encoded.negative_zeros};
  int64_t before = 0;
  for (int64_t first = 0; first < 1000; first += 104) {
    const int64_t n = std::min<int64_t>(104, 1000 - first);
    ByteVector dense(n * 4);
    Expand(view, first, n, encoded.values.data() + before * 4, dense.data());
    EXPECT_EQ(std::memcmp(dense.data(), tensor.view().data + first * 4, n * 4), 0);
    before += CountStored(Encoding::kBitmap, encoded.positions.data() + first / 8, n);
  }
  EXPECT_EQ(before, static_cast<int64_t>(encoded.values.size()) / 4);
}

TEST(SparseTest, IsOfFloatingPointNumbers) {
  for (const DataType type : {DataType::kI8, DataType::kU8}) {
    EXPECT_TRUE(CheckEncoding(Encoding::kDense, type, Flat(4)).ok());
    EXPECT_TRUE(CheckEncoding(Encoding::kAuto, type, Flat(4)).ok());
    for (const Encoding encoding : {Encoding::kBitmap, Encoding::kTwoFour}) {
      EXPECT_EQ(FieldOf(CheckEncoding(encoding, type, Flat(4))), "output_encoding");
    }
  }
}

TEST(SparseTest, RefusesWhatIsNoSparseTensor) {
  const auto bytes = [](std::initializer_list<int> values) {
    ByteVector result;
    for (const int value : values) result.push_back(std::byte(value));
    return result;
  };
  struct Wrong {
    Encoding encoding;
    Shape shape;
    ByteVector positions, negative_zeros;
    size_t values;
    std::string field, message;
  };
  const Wrong cases[] = {
      {Encoding::kBitmap, Flat(10), bytes({0}), {}, 0, "bitmap", "has 1 bytes; expected 2"},
      {Encoding::kBitmap, Flat(10), bytes({0, 0, 0}), {}, 0, "bitmap", "has 3 bytes; expected 2"},
      {Encoding::kBitmap, Flat(10), bytes({0, 4}), {}, 4, "bitmap", "its last byte is 0x04"},
      {Encoding::kBitmap,
       Flat(10),
       bytes({3, 2}),
       {},
       8,
       "values",
       "has 8 bytes; expected 12, of the 3 elements of f32"},
      {Encoding::kBitmap, Flat(10), bytes({3, 2}), bytes({0}), 12, "negative_zeros", "has 1 bytes; expected 2"},
      {Encoding::kBitmap, Flat(10), bytes({3, 2}), bytes({0, 0xf0}), 12, "negative_zeros", "its last byte is 0xf0"},
      {Encoding::kBitmap, Flat(10), bytes({3, 2}), bytes({0, 2}), 12, "negative_zeros", "element 9 is stored, too"},
      {Encoding::kTwoFour, Flat(10), bytes({0x44, 0}), {}, 20, "output_encoding", "multiple of 4"},
      {Encoding::kTwoFour, Shape(), bytes({4}), {}, 0, "output_encoding", "shape []"},
      {Encoding::kTwoFour, Flat(12), bytes({0x44}), {}, 24, "indices", "has 1 bytes; expected 2"},
      {Encoding::kTwoFour, Flat(12), bytes({0x44, 0x44}), {}, 24, "indices", "its last byte is 0x44"},
      {Encoding::kTwoFour, Flat(12), bytes({0x14, 4}), {}, 24, "indices", "group 1 has 1 and 0"},
      {Encoding::kTwoFour, Flat(12), bytes({0x44, 0}), {}, 24, "indices", "group 2 has 0 and 0"},
      {Encoding::kTwoFour, Flat(12), bytes({0x44, 4}), {}, 20, "values", "expected 24, of the 6 elements"},
      {Encoding::kTwoFour, Flat(12), bytes({0x44, 4}), bytes({0, 2}), 24, "negative_zeros", "element 9 is stored"},
  };
  for (const Wrong& wrong : cases) {
    const absl::Status status =
        CheckSparse({wrong.encoding, DataType::kF32, wrong.shape, wrong.positions, wrong.negative_zeros}, wrong.values);
    EXPECT_EQ(FieldOf(status), wrong.field) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(wrong.message));
  }
}

}  // namespace
}  // namespace actserve::testing
