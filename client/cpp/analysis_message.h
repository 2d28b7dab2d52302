// The analyses' parts as messages. For the library itself.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "actserve/v1/activation.pb.h"
#include "client/cpp/item.h"

namespace actserve::client {

v1::Tensor ToMessage(const Tensor& tensor);  // copies the bytes
// INVALID_ARGUMENT for a tensor among them.
absl::Status SetParameters(const std::vector<Parameter>& parameters,
                           google::protobuf::RepeatedPtrField<v1::Parameter>& to);

}  // namespace actserve::client
