#include "client/load/metrics/server_work.h"

namespace actserve::load {
namespace {

constexpr const char* kRpcs[] = {"rpc=\"Evaluate\"", "rpc=\"Gradient\"", "rpc=\"EvaluateStream\"",
                                 "rpc=\"GradientStream\""};

}  // namespace

ServerWork WorkBetween(const Page& before, const Page& after) {
  const auto grown = [&](const char* name, const char* label = "") {
    return after.Sum(name, label) - before.Sum(name, label);
  };
  ServerWork work{.rejected = grown("actserve_rejected_total"),
                  .cpu = grown("process_cpu_seconds_total"),
                  .threads = after.Sum("actserve_pool_threads")};
  for (const char* rpc : kRpcs) {
    work.requests += grown("actserve_request_duration_seconds_count", rpc);
    work.request += grown("actserve_request_duration_seconds_sum", rpc);
  }
  if (work.requests <= 0) return work;
  work.request /= work.requests;
  work.queue = grown("actserve_queue_duration_seconds_sum") / work.requests;
  work.kernel = grown("actserve_kernel_duration_seconds_sum") / work.requests;
  return work;
}

}  // namespace actserve::load
