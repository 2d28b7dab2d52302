#include "tests/bench/service/scenarios.h"

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/bench/service/contest.h"
#include "tests/bench/service/flood.h"

namespace actserve::bench::service {
namespace {

constexpr char kMethod[] = "/actserve.v1.ActivationService/Evaluate";
constexpr int kClients = 64;

// With the first answer checked and its length known.
absl::StatusOr<Load> CheckedLoad(const Request& request, const Channels& channels) {
  Load load{.method = kMethod, .message = request.message(), .in_flight = kClients};
  if (absl::Status status = CheckFirst(request, kOurs, channels.front(), load); !status.ok()) return status;
  return load;
}

}  // namespace

absl::StatusOr<Overload> MeasureOverload(const std::string& folder, absl::Duration duration) {
  constexpr double kTimes = 4;
  const auto server = Server::StartActserve(folder, absl::StrFormat("queue_capacity: %d\n", kClients));
  if (!server.ok()) return server.status();
  const Channels& channels = (*server)->channels("tcp", 8);
  const Request request(Direction::kEvaluate, 1024, sizeof(float));
  const absl::StatusOr<Load> load = CheckedLoad(request, channels);
  if (!load.ok()) return load.status();
  RunFlood(*load, channels, /*rate=*/0, duration / 4);  // to warm up
  const Flood closed = RunFlood(*load, channels, /*rate=*/0, duration);
  const double peak = static_cast<double>(closed.answered) / closed.seconds;
  const Flood open = RunFlood(*load, channels, kTimes * peak, duration);
  return Overload{.peak = peak,
                  .goodput = static_cast<double>(open.answered) / open.seconds,
                  .p99_at_peak = closed.latencies.Quantile(0.99) * 1e-9,
                  .p99 = open.latencies.Quantile(0.99) * 1e-9,
                  .answered = open.answered,
                  .refused = open.refused,
                  .failed = open.failed + closed.failed};
}

absl::StatusOr<Crowd> MeasureCrowd(const std::string& folder, absl::Duration duration) {
  const auto server = Server::StartActserve(folder, "max_in_flight_mib: 256\n");
  if (!server.ok()) return server.status();
  const Channels& channels = (*server)->channels("tcp", kClients);
  const Request small(Direction::kEvaluate, 1, 64), large(Direction::kEvaluate, 1, 16 << 20);
  if (const absl::StatusOr<Load> load = CheckedLoad(small, channels); !load.ok()) return load.status();
  Crowd crowd{.before_bytes = (*server)->memory().resident};
  const absl::StatusOr<Load> load = CheckedLoad(large, channels);
  if (!load.ok()) return load.status();
  const Flood flood = RunFlood(*load, channels, /*rate=*/0, duration);
  absl::SleepFor(absl::Seconds(3));
  const Memory memory = (*server)->memory();
  crowd.peak_bytes = memory.peak;
  crowd.after_bytes = memory.resident;
  crowd.answered = flood.answered;
  crowd.refused = flood.refused;
  crowd.failed = flood.failed;
  return crowd;
}

}  // namespace actserve::bench::service
