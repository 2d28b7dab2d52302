// The metrics that Prometheus expects of every process.
#pragma once

#include <vector>

#include "prometheus/metric_family.h"

namespace actserve {

// Adds process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds and process_start_time_seconds, as
// far as /proc tells them.
void CollectProcess(std::vector<prometheus::MetricFamily>& families);

}  // namespace actserve
