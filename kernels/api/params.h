// The values of a function's parameters in one call.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

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
  bool given(size_t i) const { return given_[i]; }  // by the caller, not by default
  // Parameter i if it is a tensor; null: a number.
  const TensorView* tensor(size_t i) const { return place_[i] == 0 ? nullptr : &tensors_[place_[i] - 1]; }
  // If it is a number, or a tensor of one.
  double number(size_t i) const;

 private:
  // Few calls have tensors, and those are ten times as large as numbers; calls are copied on their way.
  std::array<double, kMaxParams> numbers_{};
  std::array<uint8_t, kMaxParams> place_{};  // in tensors_, from 1 on; 0: it is a number
  std::array<bool, kMaxParams> given_{};
  uint8_t size_ = 0;
  std::vector<TensorView> tensors_;
};

}  // namespace actserve
