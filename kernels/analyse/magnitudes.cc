#include "kernels/analyse/magnitudes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "kernels/analyse/apply.h"
#include "kernels/api/element.h"
#include "kernels/api/status.h"

namespace actserve::analyse {
namespace {

constexpr size_t kMostTargets = 64;

// Takes the signs away, and counts what is special.
template <class Bits>
void Strip(std::vector<std::byte>& part, Bits infinity, int64_t& zeros, int64_t& nans, int64_t& infinities) {
  for (size_t at = 0; at < part.size(); at += sizeof(Bits)) {
    Bits bits = LoadUnaligned<Bits>(part.data() + at);
    bits &= static_cast<Bits>(~(Bits{1} << (8 * sizeof(Bits) - 1)));
    zeros += bits == 0;
    nans += bits > infinity;
    infinities += bits == infinity;
    StoreUnaligned(bits, part.data() + at);
  }
}

}  // namespace

absl::Status CheckTargets(const std::vector<double>& targets) {
  if (targets.empty() || targets.size() > kMostTargets) {
    return InvalidField("options.targets",
                        absl::StrFormat("has %d entries; expected 1 to %d", targets.size(), kMostTargets));
  }
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] >= 0 && targets[i] <= 1) continue;
    return InvalidField(absl::StrFormat("options.targets[%d]", i),
                        absl::StrFormat("%g is out of range; expected a share in [0, 1]", targets[i]));
  }
  return absl::OkStatus();
}

absl::Status Magnitudes::Check(const InputView& tensor) const {
  if (tensor.elements() == 0) return InvalidField("tensor.shape", "has no elements; expected at least one");
  if (elements_ == 0 || tensor.type == type_) return absl::OkStatus();
  return InvalidField("tensor.data_type",
                      absl::StrFormat("is %s; expected %s, as before", Name(tensor.type), Name(type_)));
}

void Magnitudes::Add(const InputView& tensor) {
  type_ = tensor.type;
  elements_ += tensor.elements();
  std::vector<std::byte>& part = parts_.emplace_back(tensor.bytes());
  if (function_ == nullptr) {
    tensor.Copy(0, tensor.elements(), part.data());
  } else {
    Apply(*function_, params_, tensor, part.data());
  }
  switch (SizeOf(type_)) {
    case 8: return Strip<uint64_t>(part, uint64_t{0x7ff} << 52, zeros_, nans_, infinities_);
    case 4: return Strip<uint32_t>(part, uint32_t{0xff} << 23, zeros_, nans_, infinities_);
    default: Strip<uint16_t>(part, type_ == DataType::kF16 ? 0x7c00 : 0x7f80, zeros_, nans_, infinities_);
  }
}

// Digits of 16 bits from the highest on: those that the number sought begins with are found by counting.
template <class Bits>
Threshold Magnitudes::FindOne(int64_t rank) const {
  Bits prefix = 0;
  int64_t below = 0, same = 0;
  std::vector<int64_t> counts(65536);
  for (int shift = 8 * sizeof(Bits) - 16; shift >= 0; shift -= 16) {
    std::ranges::fill(counts, 0);
    const bool first = shift == 8 * sizeof(Bits) - 16;
    for (const auto& part : parts_) {
      for (size_t at = 0; at < part.size(); at += sizeof(Bits)) {
        const uint64_t bits = LoadUnaligned<Bits>(part.data() + at);
        if (first || bits >> (shift + 16) == prefix) ++counts[bits >> shift & 0xffff];
      }
    }
    size_t digit = 0;
    for (; below + counts[digit] <= rank; ++digit) below += counts[digit];
    same = counts[digit];
    prefix = static_cast<Bits>(static_cast<uint64_t>(prefix) << 16 | digit);
  }
  std::byte element[8];
  StoreUnaligned(prefix, element);
  return {.target = 0,
          .threshold = LoadElement(type_, element),
          .sparsity = static_cast<double>(below + same) / static_cast<double>(elements_)};
}

absl::StatusOr<std::vector<Threshold>> Magnitudes::Find(const std::vector<double>& targets) const {
  if (elements_ == 0) return InvalidField("tensor", "is missing; expected at least one with elements");
  std::vector<Threshold> thresholds;
  for (size_t i = 0; i < targets.size(); ++i) {
    const auto count = static_cast<int64_t>(std::ceil(targets[i] * static_cast<double>(elements_)));
    const int64_t finite = elements_ - nans_ - infinities_;
    if (count > finite) {
      return InvalidField(absl::StrFormat("options.targets[%d]", i),
                          absl::StrFormat("%g cannot be reached: of %d elements, %d are NaN and %d infinite, which no "
                                          "threshold zeroes; expected at most %g",
                                          targets[i], elements_, nans_, infinities_,
                                          static_cast<double>(finite) / static_cast<double>(elements_)));
    }
    Threshold threshold;
    if (count <= zeros_) {
      threshold.sparsity = static_cast<double>(zeros_) / static_cast<double>(elements_);
    } else if (SizeOf(type_) == 8) {
      threshold = FindOne<uint64_t>(count - 1);
    } else if (SizeOf(type_) == 4) {
      threshold = FindOne<uint32_t>(count - 1);
    } else {
      threshold = FindOne<uint16_t>(count - 1);
    }
    threshold.target = targets[i];
    thresholds.push_back(threshold);
  }
  return thresholds;
}

}  // namespace actserve::analyse
