#include "client/cpp/analysis.h"

#include "absl/strings/str_format.h"
#include "client/cpp/analysis_message.h"
#include "client/cpp/wire.h"
#include "proto/enums.h"

namespace actserve::client {

v1::Tensor ToMessage(const Tensor& tensor) {
  v1::Tensor message;
  message.set_data_type(ToWire(tensor.type()));
  for (const int64_t dim : tensor.shape().dims()) message.add_shape(dim);
  message.set_data(std::string(tensor.bytes()));
  return message;
}

absl::Status SetParameters(const std::vector<Parameter>& parameters,
                           google::protobuf::RepeatedPtrField<v1::Parameter>& to) {
  for (const Parameter& parameter : parameters) {
    const double* number = std::get_if<double>(&parameter.value);
    if (number == nullptr) {
      return absl::InvalidArgumentError(absl::StrFormat("%s is a tensor; expected a number", parameter.name));
    }
    v1::Parameter* message = to.Add();
    message->set_name(parameter.name);
    message->set_scalar(*number);
  }
  return absl::OkStatus();
}

}  // namespace actserve::client
