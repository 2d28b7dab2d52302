// The element types of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace actserve {

// The last two are integers that stand for numbers by a tensor's quantization; the two before are the 8-bit
// floating-point types of OCP, of which E4M3 has no infinity (the "fn" of its full name: finite, and NaN).
enum class DataType : uint8_t { kF64, kF32, kF16, kBF16, kF8E4M3, kF8E5M2, kI8, kU8 };

inline constexpr DataType kDataTypes[] = {DataType::kF64,    DataType::kF32,    DataType::kF16, DataType::kBF16,
                                          DataType::kF8E4M3, DataType::kF8E5M2, DataType::kI8,  DataType::kU8};
// Those that kernels have loops for, first in kDataTypes, and those of one byte.
inline constexpr DataType kWideTypes[] = {DataType::kF64, DataType::kF32, DataType::kF16, DataType::kBF16};
inline constexpr DataType kByteTypes[] = {DataType::kF8E4M3, DataType::kF8E5M2, DataType::kI8, DataType::kU8};

constexpr bool IsByte(DataType type) { return type >= DataType::kF8E4M3; }
constexpr bool IsF8(DataType type) { return type == DataType::kF8E4M3 || type == DataType::kF8E5M2; }
constexpr bool IsQuantized(DataType type) { return type >= DataType::kI8; }

constexpr size_t SizeOf(DataType type) {
  switch (type) {
    case DataType::kF64: return 8;
    case DataType::kF32: return 4;
    case DataType::kF16:
    case DataType::kBF16: return 2;
    case DataType::kF8E4M3:
    case DataType::kF8E5M2:
    case DataType::kI8:
    case DataType::kU8: return 1;
  }
  return 0;
}

// "f64", "f32", "f16", "bf16", "f8e4m3fn", "f8e5m2", "i8" or "u8".
constexpr std::string_view Name(DataType type) {
  switch (type) {
    case DataType::kF64: return "f64";
    case DataType::kF32: return "f32";
    case DataType::kF16: return "f16";
    case DataType::kBF16: return "bf16";
    case DataType::kF8E4M3: return "f8e4m3fn";
    case DataType::kF8E5M2: return "f8e5m2";
    case DataType::kI8: return "i8";
    case DataType::kU8: return "u8";
  }
  return "";
}

}  // namespace actserve
