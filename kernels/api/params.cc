#include "kernels/api/params.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "kernels/api/element.h"
#include "kernels/api/status.h"

namespace actserve {
namespace {

// NaN is in no range.
bool InRange(const ParamInfo& info, double value) { return value >= info.min && value <= info.max; }

bool IsWhole(const ParamInfo& info) { return info.is_count || info.integer; }

std::string RangeText(const ParamInfo& info) {
  return IsWhole(info) ? absl::StrFormat("[%.0f, %.0f]", info.min, info.max)
                       : absl::StrFormat("[%g, %g]", info.min, info.max);
}

// Of a number in range.
absl::Status CheckWhole(const ParamInfo& info, double value) {
  if (!IsWhole(info) || value == std::floor(value)) return absl::OkStatus();
  return InvalidField(ParameterField(info.name),
                      absl::StrFormat("%g is no whole number; expected one in %s", value, RangeText(info)));
}

absl::Status CheckValue(const ParamInfo& info, const ParamValue& value) {
  if (const double* scalar = std::get_if<double>(&value)) {
    if (InRange(info, *scalar)) return CheckWhole(info, *scalar);
    return InvalidField(ParameterField(info.name),
                        absl::StrFormat("%g is out of range; expected a value in %s", *scalar, RangeText(info)));
  }
  const TensorView& tensor = std::get<TensorView>(value);
  if (IsByte(tensor.type)) {
    return InvalidField(ParameterField(info.name),
                        absl::StrFormat("is of %s; expected f64, f32, f16 or bf16", Name(tensor.type)));
  }
  if (info.shape == ParamShape::kScalar && tensor.elements() != 1) {
    return InvalidField(ParameterField(info.name),
                        absl::StrFormat("is a tensor of shape %s; expected a single number", tensor.shape.ToString()));
  }
  for (int64_t i = 0; i < tensor.elements(); ++i) {
    const double element = LoadElement(tensor.type, tensor.data + i * SizeOf(tensor.type));
    if (!InRange(info, element)) {
      return InvalidField(ParameterField(info.name),
                          absl::StrFormat("element %d is %g, which is out of range; expected values in %s", i, element,
                                          RangeText(info)));
    }
    if (absl::Status status = CheckWhole(info, element); !status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string KnownNames(const FunctionInfo& info) {
  if (info.params.size() == 0) return absl::StrFormat("%s has no parameters", info.name);
  std::string text = absl::StrFormat("%s has", info.name);
  for (const ParamInfo& param : info.params)
    text += absl::StrFormat("%s %s", &param == info.params.begin() ? "" : ",", param.name);
  return text;
}

}  // namespace

double Params::number(size_t i) const {
  const TensorView* one = tensor(i);
  return one == nullptr ? numbers_[i] : LoadElement(one->type, one->data);
}

absl::StatusOr<Params> Params::Bind(const FunctionInfo& info, std::span<const NamedParam> given) {
  Params params;
  params.size_ = static_cast<uint8_t>(info.params.size());
  for (const NamedParam& param : given) {
    size_t i = 0;
    while (i < params.size_ && info.params[i].name != param.name) ++i;
    if (i == params.size_)
      return InvalidField(ParameterField(param.name),
                          absl::StrFormat("is not a known parameter; %s", KnownNames(info)));
    if (params.given_[i]) return InvalidField(ParameterField(param.name), "is given twice; expected once");
    if (absl::Status status = CheckValue(info.params[i], param.value); !status.ok()) return status;
    params.given_[i] = true;
    if (const double* number = std::get_if<double>(&param.value)) {
      params.numbers_[i] = *number;
    } else {
      params.tensors_.push_back(std::get<TensorView>(param.value));
      params.place_[i] = static_cast<uint8_t>(params.tensors_.size());
    }
  }
  for (size_t i = 0; i < params.size_; ++i) {
    if (params.given_[i]) continue;
    if (info.params[i].required) {
      return InvalidField(ParameterField(info.params[i].name),
                          absl::StrFormat("is missing; %s requires it (%s)", info.name, info.params[i].summary));
    }
    params.numbers_[i] = info.params[i].fallback;
  }
  return params;
}

}  // namespace actserve
