// What happens when more is asked of actserve than it has room for: each with a server of its own.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/service/result.h"

namespace actserve::bench::service {

// Requests of 1,024 items of one number each, which cost much more to compute than to send: first 64 in flight, which
// is what the queue holds, then an open loop at four times that rate, for `duration` each. `folder` is the server's.
absl::StatusOr<Overload> MeasureOverload(const std::string& folder, absl::Duration duration);

// 64 connections with a request of 16 MiB each in flight, for `duration`, where the server takes 256 MiB of them. After
// the load it has a second to calm down.
absl::StatusOr<Crowd> MeasureCrowd(const std::string& folder, absl::Duration duration);

}  // namespace actserve::bench::service
