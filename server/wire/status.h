// Our errors as the wire's: the only place that makes a grpc::Status of an absl::Status.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <optional>

#include "absl/status/status.h"

namespace actserve {

// The same code and message ("field: message" where a field is at fault), with google.rpc details: BadRequest for a
// field, RetryInfo for RESOURCE_EXHAUSTED.
grpc::Status ToGrpc(const absl::Status& status, std::chrono::milliseconds retry_delay);

// How `call` ends: with the above; and if that says when to try again, so does the call's trailer for gRPC's own
// retries, grpc-retry-pushback-ms. Just before the call is finished.
grpc::Status EndOf(grpc::ServerContextBase& call, const absl::Status& status, std::chrono::milliseconds retry_delay);

// The message that a client reads: "field: message", or the message alone.
std::string FullMessage(const absl::Status& status);

}  // namespace actserve
