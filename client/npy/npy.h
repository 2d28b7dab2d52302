// NumPy's .npy files: read, checked, and written. Own code: the one reader that Debian has for C++, xtensor's, takes
// the element type from the program instead of the file, and knows no half precision.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/cpp/tensor.h"
#include "client/npy/header.h"

namespace actserve::client {

inline constexpr std::string_view kNpyMagic = "\x93NUMPY";

// An array as NumPy knows it. `data` is row-major and little-endian, header.bytes() long, whatever the file's order
// was.
struct NpyArray {
  NpyHeader header;
  std::string data;
};

// Read one array, converting Fortran order and big-endian elements. INVALID_ARGUMENT says what is wrong with the
// contents (bad magic, truncated, trailing bytes, see also ParseNpyHeader); memory grows with what is there, not with
// what the header claims. The path's form adds NOT_FOUND and the like for a file that cannot be opened, and puts the
// path first in every message.
absl::StatusOr<NpyArray> ReadNpy(std::istream& from);
absl::StatusOr<NpyArray> ReadNpy(const std::string& path);

// Write an array; the path's form replaces the file. UNAVAILABLE or the like, with the reason, if that fails.
absl::Status WriteNpy(const NpyArray& array, std::ostream& to);
absl::Status WriteNpy(const NpyArray& array, const std::string& path);

// What uint16 elements are: NumPy has no bfloat16, and its users keep the bits in uint16 (or in 2-byte voids).
enum class Uint16 { kIsNumber, kIsBF16 };

// What int8 and uint8 elements are: quantized numbers, or bits of an 8-bit floating-point type, which NumPy lacks too.
struct Bytes8 {
  Quantization quantization = {};
  std::optional<DataType> f8 = {};  // of uint8 arrays, and of 1-byte voids
};

// f64, f32, f16 and, by choice, bf16, i8, u8 and f8 arrays as tensors. INVALID_ARGUMENT for other element types, with a
// way out.
absl::StatusOr<Tensor> ToTensor(NpyArray array, Uint16 uint16, Bytes8 bytes = {});
// bf16 tensors become uint16 arrays, f8 ones uint8 arrays; of i8 and u8 the quantization is left out.
NpyArray ToNpy(const Tensor& tensor);

}  // namespace actserve::client
