#include "server/service/analysis_message.h"

#include "absl/strings/str_format.h"
#include "kernels/api/status.h"
#include "server/router/router.h"
#include "server/wire/enums.h"

namespace actserve {
namespace {

constexpr const char* kCandidates[] = {"relu", "shifted_relu", "fatrelu", "relu_squared"};
constexpr int kMostCandidates = 16;

v1::SparsityCounts ToMessage(const analyse::Counts& counts) {
  v1::SparsityCounts message;
  message.set_elements(counts.elements);
  message.set_zeros(counts.zeros);
  message.set_near_zeros(counts.near_zeros);
  return message;
}

void AddBucket(bool negative, int index, int64_t count, v1::ProfileResponse& to) {
  if (count == 0) return;
  v1::HistogramBucket* bucket = to.add_histogram();
  bucket->set_negative(negative);
  bucket->set_exponent(analyse::Profile::kLeastExponent + index);
  bucket->set_count(count);
}

}  // namespace

absl::StatusOr<InputView> ToView(const v1::Tensor& tensor) {
  const absl::StatusOr<DataType> type = FromWire(tensor.data_type());
  if (!type.ok()) return UnderField("data_type", type.status());
  if (IsByte(*type)) {
    return InvalidField("data_type", absl::StrFormat("is %s; expected f64, f32, f16 or bf16", Name(*type)));
  }
  const absl::StatusOr<Shape> shape = Shape::Make({tensor.shape().data(), static_cast<size_t>(tensor.shape_size())});
  if (!shape.ok()) return shape.status();
  if (absl::Status status = CheckByteCount(*type, *shape, tensor.data().size()); !status.ok()) return status;
  return InputView(TensorView{*type, *shape, reinterpret_cast<const std::byte*>(tensor.data().data())});
}

analyse::ProfileOptions FromMessage(const v1::ProfileOptions& message) {
  analyse::ProfileOptions options;
  if (message.has_near_zero()) options.near_zero = message.near_zero();
  options.channels = message.channels();
  if (message.has_channel_axis()) options.channel_axis = message.channel_axis();
  return options;
}

v1::ProfileResponse ToMessage(const analyse::Profile& profile) {
  v1::ProfileResponse message;
  *message.mutable_total() = ToMessage(profile.total);
  message.set_nans(profile.nans);
  message.set_infinities(profile.infinities);
  if (profile.min <= profile.max) {
    message.set_min(profile.min);
    message.set_max(profile.max);
  }
  constexpr int kExponents = analyse::Profile::kExponents;
  for (int i = kExponents - 1; i >= 0; --i) AddBucket(true, i, profile.negative[i], message);
  for (int i = 0; i < kExponents; ++i) AddBucket(false, i, profile.positive[i], message);
  message.set_groups_of_four(profile.groups);
  message.set_conforming_groups(profile.conforming_groups);
  v1::RowSparsity& rows = *message.mutable_row_sparsity();
  rows.set_rows(profile.rows);
  rows.set_min_zeros(profile.min_row_zeros);
  rows.set_max_zeros(profile.max_row_zeros);
  for (const int64_t count : profile.rows_by_zeros) rows.add_by_zeros(count);
  for (const int64_t count : profile.rows_by_near_zeros) rows.add_by_near_zeros(count);
  for (const analyse::Counts& counts : profile.channels) *message.add_channels() = ToMessage(counts);
  return message;
}

absl::StatusOr<BoundFunction> Bind(const std::string& name,
                                   const google::protobuf::RepeatedPtrField<v1::Parameter>& parameters) {
  const absl::StatusOr<const Function*> function = LookUp(name);
  if (!function.ok()) return UnderField("function", function.status());
  if ((*function)->info.kind != FunctionKind::kElementwise) {
    return InvalidField("function", absl::StrFormat("%s is not element-wise; expected a function that is, such as gelu",
                                                    (*function)->info.name));
  }
  std::vector<NamedParam> given;
  for (const v1::Parameter& parameter : parameters) {
    if (parameter.value_case() != v1::Parameter::kScalar) {
      return InvalidField(ParameterField(parameter.name()), "is no number; expected one");
    }
    given.push_back({parameter.name(), parameter.scalar()});
  }
  const absl::StatusOr<Params> params = Params::Bind((*function)->info, given);
  if (!params.ok()) return params.status();
  return BoundFunction{*function, *params};
}

v1::CalibrateResponse ToMessage(const analyse::Magnitudes& magnitudes,
                                const std::vector<analyse::Threshold>& thresholds) {
  v1::CalibrateResponse message;
  message.set_elements(magnitudes.elements());
  message.set_zeros(magnitudes.zeros());
  message.set_nans(magnitudes.nans());
  message.set_infinities(magnitudes.infinities());
  for (const analyse::Threshold& threshold : thresholds) {
    v1::Threshold* to = message.add_thresholds();
    to->set_target(threshold.target);
    to->set_threshold(threshold.threshold);
    to->set_sparsity(threshold.sparsity);
  }
  return message;
}

absl::StatusOr<analyse::SubstituteOptions> FromMessage(const v1::SubstituteRequest& request) {
  const absl::StatusOr<BoundFunction> bound = Bind(request.function(), request.parameters());
  if (!bound.ok()) return bound.status();
  analyse::SubstituteOptions options{.function = bound->function, .params = bound->params, .candidates = {}};
  if (request.has_target_sparsity()) options.target_sparsity = request.target_sparsity();
  if (request.candidates_size() > kMostCandidates) {
    return InvalidField("candidates", absl::StrFormat("has %d entries; expected at most %d", request.candidates_size(),
                                                      kMostCandidates));
  }
  for (int i = 0; i < request.candidates_size(); ++i) {
    const absl::StatusOr<const Function*> candidate = LookUp(request.candidates(i));
    if (!candidate.ok()) return UnderField(absl::StrFormat("candidates[%d]", i), candidate.status());
    options.candidates.push_back(*candidate);
  }
  if (options.candidates.empty()) {
    for (const char* name : kCandidates) options.candidates.push_back(FindFunction(name));
  }
  return options;
}

v1::SubstituteResponse ToMessage(const analyse::Substitution& substitution) {
  v1::SubstituteResponse message;
  message.set_elements(substitution.elements);
  message.set_not_finite(substitution.not_finite);
  message.set_zeros(substitution.zeros);
  for (const analyse::Substitute& substitute : substitution.substitutes) {
    v1::Substitute* to = message.add_substitutes();
    to->set_function(std::string(substitute.function->info.name));
    if (!substitute.parameter.empty()) {
      v1::Parameter* parameter = to->add_parameters();
      parameter->set_name(std::string(substitute.parameter));
      parameter->set_scalar(substitute.value);
    }
    to->set_max_error(substitute.max_error);
    to->set_relative_error(substitute.relative_error);
    to->set_scale(substitute.scale);
    to->set_scaled_max_error(substitute.scaled_max_error);
    to->set_scaled_relative_error(substitute.scaled_relative_error);
    to->set_cosine(substitute.cosine);
    to->set_sign_flips(substitute.sign_flips);
    to->set_zeros(substitute.zeros);
  }
  return message;
}

}  // namespace actserve
