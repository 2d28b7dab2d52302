// A client that goes on when it is refused.
#pragma once

#include "tests/bench/service/driver.h"

namespace actserve::bench::service {

struct Flood {
  int64_t answered = 0;
  int64_t refused = 0;  // RESOURCE_EXHAUSTED
  int64_t failed = 0;   // ended in any other manner, or with an answer of another length
  double seconds = 0;
  measure::Histogram latencies;  // of those answered, in nanoseconds
};

// A closed loop of load.in_flight calls where `rate` is 0; else an open loop: calls begin at that rate, in calls a
// second, whether or not others have ended. For `duration`; then awaits those in flight.
Flood RunFlood(const Load& load, const Channels& channels, double rate, absl::Duration duration);

}  // namespace actserve::bench::service
