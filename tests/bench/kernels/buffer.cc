#include "tests/bench/kernels/buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <new>
#include <random>
#include <vector>

#include "kernels/api/element.h"

namespace actserve::bench {
namespace {

constexpr int64_t kPeriod = 262147;  // a prime: no row of a tensor, whatever its axis, has numbers again and again

// In standard deviations: that of numbers of which so many are negative.
double MeanOf(Distribution distribution) {
  switch (distribution) {
    case Distribution::k90Zeros: return -1.2815515655;
    case Distribution::k99Zeros: return -2.3263478740;
    default: return 0;
  }
}

std::vector<double> Draw(Distribution distribution) {
  std::mt19937_64 bits(20231123 + static_cast<int>(distribution));
  const double deviation = distribution == Distribution::kNormal ? 1 : 2;
  std::normal_distribution<double> normal(MeanOf(distribution) * deviation, deviation);
  std::uniform_real_distribution<double> wide(-100, 100);
  std::vector<double> values(kPeriod);
  for (double& value : values) value = distribution == Distribution::kWide ? wide(bits) : normal(bits);
  return values;
}

// One period of elements; kept, as most contests want the same.
const std::vector<std::byte>& Period(DataType type, Distribution distribution) {
  static auto& kept = *new std::map<std::pair<DataType, Distribution>, std::vector<std::byte>>;
  std::vector<std::byte>& period = kept[{type, distribution}];
  if (!period.empty()) return period;
  period.resize(kPeriod * SizeOf(type));
  std::byte* to = period.data();
  const double scale = IsQuantized(type) ? 20 : 1;  // so that they are spread over the integers
  for (const double value : Draw(distribution)) {
    StoreElement(type, scale * value, to);
    to += SizeOf(type);
  }
  return period;
}

}  // namespace

Buffer::Buffer(size_t bytes) : bytes_(std::max<size_t>(bytes, 1)) {
  void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  madvise(memory, bytes_, MADV_HUGEPAGE);  // a wish: it works without
  data_ = static_cast<std::byte*>(memory);
  std::memset(data_, 0, bytes_);
}

Buffer::~Buffer() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

void Fill(Buffer& buffer, DataType type, int64_t elements, Distribution distribution) {
  const std::vector<std::byte>& period = Period(type, distribution);
  const size_t bytes = elements * SizeOf(type);
  for (size_t at = 0; at < bytes; at += period.size()) {
    std::memcpy(buffer.data() + at, period.data(), std::min(period.size(), bytes - at));
  }
}

}  // namespace actserve::bench
