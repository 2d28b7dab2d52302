// The element types of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace actserve {

enum class DataType : uint8_t { kF64, kF32, kF16, kBF16 };

inline constexpr DataType kDataTypes[] = {DataType::kF64, DataType::kF32, DataType::kF16, DataType::kBF16};

constexpr size_t SizeOf(DataType type) {
  switch (type) {
    case DataType::kF64: return 8;
    case DataType::kF32: return 4;
    case DataType::kF16:
    case DataType::kBF16: return 2;
  }
  return 0;
}

// "f64", "f32", "f16" or "bf16".
constexpr std::string_view Name(DataType type) {
  switch (type) {
    case DataType::kF64: return "f64";
    case DataType::kF32: return "f32";
    case DataType::kF16: return "f16";
    case DataType::kBF16: return "bf16";
  }
  return "";
}

}  // namespace actserve
