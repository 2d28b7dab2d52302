// The values of a function's parameters in one call.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "kernels/api/function_info.h"
#include "kernels/api/tensor_view.h"

namespace actserve {

// A number, or a view of a tensor that outlives the call.
using ParamValue = std::variant<double, TensorView>;

struct NamedParam {
  std::string_view name;
  ParamValue value;
};

// A value for every parameter of the metadata, in its order: names known, none twice, none missing, all in range, and
// tensors only where the metadata allows them. How a tensor's shape fits the input is CheckCall's business (call.h).
class Params {
 public:
  Params() = default;
  // INVALID_ARGUMENT (field "parameters.<name>") says which value was wrong and what was expected.
  static absl::StatusOr<Params> Bind(const FunctionInfo& info, std::span<const NamedParam> given);

  size_t size() const { return size_; }
  const ParamValue& operator[](size_t i) const { return values_[i]; }
  bool given(size_t i) const { return given_[i]; }  // by the caller, not by default
  double number(size_t i) const;                    // of a kScalar parameter
  const TensorView* tensor(size_t i) const { return std::get_if<TensorView>(&values_[i]); }

 private:
  std::array<ParamValue, kMaxParams> values_{};
  std::array<bool, kMaxParams> given_{};
  size_t size_ = 0;
};

}  // namespace actserve
