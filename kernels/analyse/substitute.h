// What would change if a function were replaced by another that makes zeros.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "kernels/api/input_view.h"
#include "kernels/api/params.h"
#include "kernels/api/registry.h"

namespace actserve::analyse {

struct SubstituteOptions {
  const Function* function = nullptr;  // element-wise, as the candidates
  Params params;                       // bound to it
  std::vector<const Function*> candidates;
  std::optional<double> target_sparsity = {};  // in [0, 1)
};

// How g compares with f on a tensor. Both are computed by the CPU's kernels in the input's type; errors are taken in
// double over the elements whose x, f(x) and g(x) are finite, in their order.
struct Substitute {
  const Function* function = nullptr;
  std::string_view parameter;  // shifted_relu's shift, fatrelu's threshold; else empty
  double value = 0;            // what was found for it
  double max_error = 0;        // of |g - f|
  double relative_error = 0;   // |g - f| / |f|, Euclidean norms; 0 if both are 0
  double scale = 1;            // the a of the least |a g - f|: <f, g> / <g, g>; 0 where g is zero
  double scaled_max_error = 0;
  double scaled_relative_error = 0;
  double cosine = 0;       // <f, g> / (|f| |g|); 0 where one of them is zero
  int64_t sign_flips = 0;  // f and g have opposite signs
  int64_t zeros = 0;       // g is zero
};

struct Substitution {
  int64_t elements = 0;
  int64_t not_finite = 0;  // x or f(x) is NaN or infinite
  int64_t zeros = 0;       // f is zero
  std::vector<Substitute> substitutes;
};

// A shift or threshold is, without a target, the one of the least |g - f| that is found as follows, on at most 65,536
// elements evenly spread over the tensor: among 65 values evenly spaced from the least to the greatest finite x, 0 in
// place of the nearest, the best; then by golden section between its neighbours, 40 times, unless that is no better.
// With a target it is the least x such that the share of elements not above it reaches the target.
//
// `check` is asked now and then: what it says other than OK ends the work. INVALID_ARGUMENT (field "input…",
// "function", "candidates[i]" or "target_sparsity") for a tensor without elements or finite ones, functions that are
// not element-wise or need parameters, and targets that cannot be reached since too many elements are NaN or infinite.
absl::StatusOr<Substitution> FindSubstitutes(const SubstituteOptions& options, const InputView& input,
                                             absl::FunctionRef<absl::Status()> check);

}  // namespace actserve::analyse
