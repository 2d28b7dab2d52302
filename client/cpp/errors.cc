#include "client/cpp/errors.h"

#include <string>

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"

namespace actserve::client {
namespace {

constexpr char kRetryInfo[] = "type.googleapis.com/google.rpc.RetryInfo";

// Unknown details are kept too, under their type's URL, for callers that know them.
void AttachDetails(const std::string& serialized, absl::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(serialized)) return;
  for (const google::protobuf::Any& detail : details.details()) {
    status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
    google::rpc::BadRequest bad_request;
    if (detail.UnpackTo(&bad_request) && bad_request.field_violations_size() > 0) {
      status = UnderField(bad_request.field_violations(0).field(), status);
    }
  }
}

}  // namespace

std::optional<absl::Duration> RetryDelay(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kRetryInfo);
  google::rpc::RetryInfo info;
  if (!payload.has_value() || !info.ParseFromString(std::string(*payload)) || !info.has_retry_delay())
    return std::nullopt;
  return absl::Seconds(info.retry_delay().seconds()) + absl::Nanoseconds(info.retry_delay().nanos());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  AttachDetails(status.error_details(), result);
  return result;
}

absl::Status FromItem(const v1::ItemStatus& status) {
  if (status.code() == 0) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.code()), status.message());
  return status.field().empty() ? result : UnderField(status.field(), result);
}

}  // namespace actserve::client
