// grpc.health.v1.Health. gRPC's own one is made of callbacks, and a server with callbacks has threads and connections
// that no queue of ours knows of: with it an echo answered 0.8 times as many calls.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "grpc/health/v1/health.grpc.pb.h"
#include "server/service/queues.h"

namespace actserve {

// Tells of the server as a whole (""), and of services by their names. Safe from any thread. Must outlive the gRPC
// server that it is registered with, and the queues.
class HealthService final : public grpc::health::v1::Health::AsyncService {
 public:
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  // So named in a request: whether GPUs compute. Unknown where there are none.
  static constexpr std::string_view kCuda = "cuda";

  // Does not serve yet, neither as a whole nor `service`.
  explicit HealthService(std::string service) : service_(std::move(service)) {}

  // Takes in calls from these queues from now on; once, when the server runs.
  void Begin(const Queues& queues);
  // Those who watch are told.
  void SetServing(bool serving);
  void SetCudaServing(bool serving);

 private:
  class CheckCall;
  class WatchCall;

  // SERVICE_UNKNOWN if it is none of ours.
  Status StatusOf(std::string_view service) const;  // under the lock
  void Tell();                                      // under the lock

  const std::string service_;
  mutable std::mutex mutex_;  // guards what follows, and what the calls that watch know
  bool serving_ = false;
  std::optional<bool> cuda_serving_;
  std::unordered_set<WatchCall*> watching_;
};

}  // namespace actserve
