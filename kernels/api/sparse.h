// Tensors without their zeros: the encodings, what is checked of them, and how they are made dense again.
// docs/sparse-output.md defines them to the bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "kernels/api/tensor_view.h"

namespace actserve {

// kBitmap: a bit for each element says whether it is stored. kTwoFour: of each four along the last axis two are stored,
// and two bits for each of these say which. kAuto: kBitmap where that is worth it, else kDense. Zeros of either sign
// are left out; where some are -0, a bit for each element says which, so that no bit of a tensor is lost.
enum class Encoding : uint8_t { kDense, kBitmap, kTwoFour, kAuto };

inline constexpr Encoding kEncodings[] = {Encoding::kDense, Encoding::kBitmap, Encoding::kTwoFour, Encoding::kAuto};

// "dense", "bitmap", "two_four" or "auto".
std::string_view Name(Encoding encoding);

// Of what has a bit for each element: the bitmap; 2:4's indices, two bits for two in four; the negative zeros.
constexpr int64_t BitBytes(int64_t elements) { return (elements + 7) / 8; }

// Whether to send so many bytes in the place of dense ones: if they are an eighth fewer. A client has to make them
// dense again, a pass over memory that is about ten times as quick as a network.
constexpr bool IsWorthIt(int64_t bytes, int64_t dense_bytes) { return bytes <= dense_bytes - dense_bytes / 8; }

// INVALID_ARGUMENT (field "output_encoding") if no tensor of this type and shape can be encoded so: integers have their
// zero wherever a quantization says, and 2:4 takes a last dimension that is a multiple of four. kAuto may be kDense.
absl::Status CheckEncoding(Encoding encoding, DataType type, const Shape& shape);

// A tensor as kBitmap or kTwoFour.
struct SparseView {
  Encoding encoding = Encoding::kBitmap;
  DataType type = DataType::kF32;
  Shape shape;
  std::span<const std::byte> positions;       // the bitmap, or the indices
  std::span<const std::byte> negative_zeros;  // may be empty: none
};

// INVALID_ARGUMENT (field "bitmap", "indices", "negative_zeros" or "values") unless all that is one of this type and
// shape, and has just so many bytes of values.
absl::Status CheckSparse(const SparseView& tensor, size_t value_bytes);

// Bits first to first + n - 1, n <= 64, where `first` is a multiple of 8; and which of these elements are stored.
uint64_t BitsAt(const std::byte* bits, int64_t first, int64_t n);
uint64_t StoredAt(const SparseView& tensor, int64_t first, int64_t n);

// How many elements are stored of the n that the positions from `positions` on are of.
int64_t CountStored(Encoding encoding, const std::byte* positions, int64_t n);

// Makes elements [first, first + n) dense, of which `values` are those stored; first is a multiple of 8. The tensor has
// been checked. `values` may be `to`.
void Expand(const SparseView& tensor, int64_t first, int64_t n, const std::byte* values, std::byte* to);

}  // namespace actserve
