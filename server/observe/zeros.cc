#include "server/observe/zeros.h"

#include <algorithm>
#include <cstring>

namespace actserve {
namespace {

// All but the sign bit is 0. `data` need not be aligned.
template <class Bits>
int64_t CountZeros(const std::byte* data, int64_t elements) {
  int64_t zeros = 0;
  for (int64_t i = 0; i < elements; ++i) {
    Bits bits;
    std::memcpy(&bits, data + i * sizeof(Bits), sizeof(Bits));
    zeros += static_cast<Bits>(bits << 1) == 0;
  }
  return zeros;
}

int64_t CountZeros(DataType type, const std::byte* data, int64_t elements) {
  switch (type) {
    case DataType::kF64: return CountZeros<uint64_t>(data, elements);
    case DataType::kF32: return CountZeros<uint32_t>(data, elements);
    case DataType::kF16:
    case DataType::kBF16: return CountZeros<uint16_t>(data, elements);
    case DataType::kF8E4M3:
    case DataType::kF8E5M2: return CountZeros<uint8_t>(data, elements);
    case DataType::kI8:
    case DataType::kU8: break;  // CountZeroPoints
  }
  return 0;
}

// Among `elements` from the one with index `first`.
int64_t CountZeroPoints(const MutableTensorView& tensor, const Quantization& quantization, int64_t first,
                        int64_t elements) {
  int64_t zeros = 0;
  quantization.ForEachRun(tensor.shape, first, elements, [&](int64_t channel, int64_t done, int64_t n) {
    const std::byte* const begin = tensor.data + first + done;
    zeros += std::count(begin, begin + n, static_cast<std::byte>(quantization.zero_point(channel)));
  });
  return zeros;
}

// From 0 to `limit` - 1. Knuth's generator: its upper half is random enough, and takes no lock.
int64_t Random(int64_t limit) {
  thread_local uint64_t state = 0;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return static_cast<int64_t>((static_cast<unsigned __int128>(state) * static_cast<uint64_t>(limit)) >> 64);
}

}  // namespace

double ShareOfZeros(const MutableTensorView& tensor, const Quantization& quantization) {
  const int64_t elements = tensor.elements();
  if (elements == 0) return 0;
  const int64_t sample = std::min(elements, kZerosSample);
  const int64_t first = elements == sample ? 0 : Random(elements - sample + 1);
  const std::byte* data = tensor.data + first * static_cast<int64_t>(SizeOf(tensor.type));
  const int64_t zeros = IsQuantized(tensor.type) ? CountZeroPoints(tensor, quantization, first, sample)
                                                 : CountZeros(tensor.type, data, sample);
  return static_cast<double>(zeros) / static_cast<double>(sample);
}

}  // namespace actserve
