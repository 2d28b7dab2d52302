#pragma once

#include "tests/bench/service/driver.h"

namespace actserve::bench::service {

// Drive for streams.
absl::StatusOr<Turn> DriveStreams(const Load& load, const Channels& channels, absl::Duration least,
                                  int64_t least_calls);

}  // namespace actserve::bench::service
