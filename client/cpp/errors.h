// How the server's errors reach a caller: as absl::Status with the server's code and message, and these details.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "actserve/v1/activation.pb.h"
#include "grpcpp/support/status.h"
#include "kernels/api/status.h"  // FieldOf(status): the field at fault, as a path such as "items[2].parameters.beta"

namespace actserve::client {

// How long the server asks to wait before the call is tried again; none if it did not say.
std::optional<absl::Duration> RetryDelay(const absl::Status& status);

// For the library itself: the outcome of a call (with the google.rpc details it carries), and of one item.
absl::Status FromGrpc(const grpc::Status& status);
absl::Status FromItem(const v1::ItemStatus& status);

}  // namespace actserve::client
