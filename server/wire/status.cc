#include "server/wire/status.h"

#include <google/protobuf/util/time_util.h>

#include <string>

#include "absl/strings/str_format.h"
#include "google/rpc/error_details.pb.h"
#include "kernels/api/status.h"

namespace actserve {

std::string FullMessage(const absl::Status& status) {
  const std::string field = FieldOf(status);
  const std::string message(status.message());
  return field.empty() ? message : absl::StrFormat("%s: %s", field, message);
}

grpc::Status ToGrpc(const absl::Status& status, std::chrono::milliseconds retry_delay) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message = FullMessage(status);
  google::rpc::Status rich;
  rich.set_code(status.raw_code());
  rich.set_message(message);
  if (const std::string field = FieldOf(status); !field.empty()) {
    google::rpc::BadRequest bad_request;
    auto* violation = bad_request.add_field_violations();
    violation->set_field(field);
    violation->set_description(std::string(status.message()));
    rich.add_details()->PackFrom(bad_request);
  }
  if (absl::IsResourceExhausted(status)) {
    google::rpc::RetryInfo retry;
    *retry.mutable_retry_delay() = google::protobuf::util::TimeUtil::MillisecondsToDuration(retry_delay.count());
    rich.add_details()->PackFrom(retry);
  }
  const auto code = static_cast<grpc::StatusCode>(status.raw_code());  // absl numbers them as gRPC does
  return grpc::Status(code, message, rich.details().empty() ? std::string() : rich.SerializeAsString());
}

grpc::Status EndOf(grpc::ServerContextBase& call, const absl::Status& status, std::chrono::milliseconds retry_delay) {
  if (absl::IsResourceExhausted(status)) {
    call.AddTrailingMetadata("grpc-retry-pushback-ms", std::to_string(retry_delay.count()));
  }
  return ToGrpc(status, retry_delay);
}

}  // namespace actserve
