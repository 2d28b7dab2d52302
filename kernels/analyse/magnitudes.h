// The threshold that a target sparsity takes: exact quantiles of magnitudes.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "kernels/api/input_view.h"
#include "kernels/api/params.h"
#include "kernels/api/registry.h"

namespace actserve::analyse {

struct Threshold {
  double target = 0;
  double threshold = 0;  // the least magnitude such that zeroing what is not above it reaches the target
  double sparsity = 0;   // the share that is not above it: the target, or more where magnitudes are equal
};

// Every share in [0, 1], and 1 to 64 of them; else INVALID_ARGUMENT (field "options.targets[i]" or "options.targets").
absl::Status CheckTargets(const std::vector<double>& targets);

// Holds the magnitudes that it is given, in the bytes of their own type: quantiles are exact for that. Not safe from
// several threads.
class Magnitudes {
 public:
  // Of x itself, or, where there is a function, of f(x): element-wise, and rounded to the input's type.
  explicit Magnitudes(const Function* function = nullptr, const Params& params = {})
      : function_(function), params_(params) {}

  // INVALID_ARGUMENT (field "tensor…") for a tensor without elements, or of another type than those before.
  absl::Status Check(const InputView& tensor) const;
  // The tensor passes Check.
  void Add(const InputView& tensor);

  int64_t elements() const { return elements_; }
  int64_t zeros() const { return zeros_; }
  int64_t nans() const { return nans_; }
  int64_t infinities() const { return infinities_; }

  // NaN and infinities are elements that no threshold zeroes. INVALID_ARGUMENT (field "options.targets[i]") for a
  // target that is therefore out of reach, or if there are no elements.
  absl::StatusOr<std::vector<Threshold>> Find(const std::vector<double>& targets) const;

 private:
  template <class Bits>
  Threshold FindOne(int64_t rank) const;

  const Function* function_;
  Params params_;
  DataType type_ = DataType::kF32;
  int64_t elements_ = 0, zeros_ = 0, nans_ = 0, infinities_ = 0;
  std::vector<std::vector<std::byte>> parts_;  // elements without their signs
};

}  // namespace actserve::analyse
