// Between the analyses' messages and what computes them.
#pragma once

#include "absl/status/statusor.h"
#include "actserve/v1/activation.pb.h"
#include "kernels/analyse/magnitudes.h"
#include "kernels/analyse/profile.h"
#include "kernels/analyse/substitute.h"

namespace actserve {

// INVALID_ARGUMENT (field "data_type", "shape" or "data"); the view is of the message's own bytes.
absl::StatusOr<InputView> ToView(const v1::Tensor& tensor);

analyse::ProfileOptions FromMessage(const v1::ProfileOptions& options);
v1::ProfileResponse ToMessage(const analyse::Profile& profile);

// A function with parameters. NOT_FOUND or INVALID_ARGUMENT (field "function", "parameters.…") for what it has none of,
// or is not element-wise.
struct BoundFunction {
  const Function* function = nullptr;
  Params params;
};
absl::StatusOr<BoundFunction> Bind(const std::string& name,
                                   const google::protobuf::RepeatedPtrField<v1::Parameter>& parameters);

v1::CalibrateResponse ToMessage(const analyse::Magnitudes& magnitudes,
                                const std::vector<analyse::Threshold>& thresholds);

// Errors name fields of the request.
absl::StatusOr<analyse::SubstituteOptions> FromMessage(const v1::SubstituteRequest& request);
v1::SubstituteResponse ToMessage(const analyse::Substitution& substitution);

}  // namespace actserve
