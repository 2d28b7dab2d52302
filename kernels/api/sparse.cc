#include "kernels/api/sparse.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "absl/strings/str_format.h"
#include "kernels/api/status.h"

namespace actserve {
namespace {

constexpr int64_t kWord = 64;  // elements whose bits are looked at together

// Whether the bits beyond the last element are 0.
bool EndsWithZeros(std::span<const std::byte> bits, int64_t elements) {
  return elements % 8 == 0 || std::to_integer<int>(bits.back()) >> elements % 8 == 0;
}

// Which of eight elements two pairs of indices name.
uint64_t NamedBy(uint64_t indices) {
  return (1 << (indices & 3) | 1 << (indices >> 2 & 3)) | (1 << (indices >> 4 & 3) | 1 << (indices >> 6 & 3)) << 4;
}

absl::Status CheckBits(std::string_view field, std::span<const std::byte> bits, const Shape& shape) {
  const int64_t expected = BitBytes(shape.elements());
  if (static_cast<int64_t>(bits.size()) != expected) {
    return InvalidField(
        field, absl::StrFormat("has %d bytes; expected %d, a bit for each element of a tensor of shape %s", bits.size(),
                               expected, shape.ToString()));
  }
  if (EndsWithZeros(bits, shape.elements())) return absl::OkStatus();
  return InvalidField(field, absl::StrFormat("its last byte is 0x%02x, with bits set beyond the last of %d elements; "
                                             "expected zeros there",
                                             std::to_integer<int>(bits.back()), shape.elements()));
}

absl::Status CheckIndices(std::span<const std::byte> indices, int64_t elements) {
  for (int64_t group = 0; group < elements / 4; ++group) {
    const int pair = std::to_integer<int>(indices[group / 2]) >> group % 2 * 4 & 0xf;
    if ((pair & 3) < pair >> 2) continue;
    return InvalidField(
        "indices", absl::StrFormat("group %d has %d and %d; expected the lower one first", group, pair & 3, pair >> 2));
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view Name(Encoding encoding) {
  switch (encoding) {
    case Encoding::kDense: return "dense";
    case Encoding::kBitmap: return "bitmap";
    case Encoding::kTwoFour: return "two_four";
    case Encoding::kAuto: return "auto";
  }
  return "";
}

absl::Status CheckEncoding(Encoding encoding, DataType type, const Shape& shape) {
  if (IsQuantized(type) && (encoding == Encoding::kBitmap || encoding == Encoding::kTwoFour)) {
    return InvalidField(
        "output_encoding",
        absl::StrFormat("zeros are left out of floating-point numbers only; expected dense or auto of %s", Name(type)));
  }
  if (encoding != Encoding::kTwoFour) return absl::OkStatus();
  if (shape.rank() != 0 && shape.dim(shape.rank() - 1) % 4 == 0) return absl::OkStatus();
  return InvalidField(
      "output_encoding",
      absl::StrFormat("2:4 is of groups of four along the last axis; expected a last dimension that is a "
                      "multiple of 4, not a tensor of shape %s",
                      shape.ToString()));
}

absl::Status CheckSparse(const SparseView& tensor, size_t value_bytes) {
  const bool is_bitmap = tensor.encoding == Encoding::kBitmap;
  if (absl::Status status = CheckEncoding(tensor.encoding, tensor.type, tensor.shape); !status.ok()) return status;
  const int64_t n = tensor.shape.elements();
  absl::Status status = CheckBits(is_bitmap ? "bitmap" : "indices", tensor.positions, tensor.shape);
  if (status.ok() && !is_bitmap) status = CheckIndices(tensor.positions, n);
  if (status.ok() && !tensor.negative_zeros.empty()) {
    status = CheckBits("negative_zeros", tensor.negative_zeros, tensor.shape);
  }
  if (!status.ok()) return status;
  for (int64_t i = 0; i < n && !tensor.negative_zeros.empty(); i += kWord) {
    const int64_t count = std::min(kWord, n - i);
    const uint64_t both = StoredAt(tensor, i, count) & BitsAt(tensor.negative_zeros.data(), i, count);
    if (both == 0) continue;
    return InvalidField("negative_zeros", absl::StrFormat("element %d is stored, too; expected it to be left out",
                                                          i + std::countr_zero(both)));
  }
  const int64_t stored = CountStored(tensor.encoding, tensor.positions.data(), n);
  const size_t expected = static_cast<size_t>(stored) * SizeOf(tensor.type);
  if (value_bytes == expected) return absl::OkStatus();
  return InvalidField("values", absl::StrFormat("has %d bytes; expected %d, of the %d elements of %s that are stored",
                                                value_bytes, expected, stored, Name(tensor.type)));
}

uint64_t BitsAt(const std::byte* bits, int64_t first, int64_t n) {
  uint64_t word = 0;
  std::memcpy(&word, bits + first / 8, BitBytes(n));
  return word;
}

uint64_t StoredAt(const SparseView& tensor, int64_t first, int64_t n) {
  const uint64_t bits = BitsAt(tensor.positions.data(), first, n);
  if (tensor.encoding == Encoding::kBitmap) return bits;
  uint64_t stored = 0;
  for (int64_t i = 0; i < n; i += 8) stored |= NamedBy(bits >> i & 0xff) << i;
  return n == kWord ? stored : stored & ((uint64_t{1} << n) - 1);
}

int64_t CountStored(Encoding encoding, const std::byte* positions, int64_t n) {
  if (encoding == Encoding::kTwoFour) return n / 2;
  int64_t stored = 0;
  for (int64_t i = 0; i < n; i += kWord) stored += std::popcount(BitsAt(positions, i, std::min(kWord, n - i)));
  return stored;
}

}  // namespace actserve
