// Loads a server over gRPC.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/load/calls/lane.h"

namespace actserve::load {

class GrpcDriver final : public Driver {
 public:
  // Connects to the server: `connections` of them, dealt out to `threads` lanes. UNAVAILABLE if that cannot be done
  // within seconds, INVALID_ARGUMENT for a target or credentials that cannot be used. The workload and the flag, which
  // interrupts RunUntil when it is set, must outlive the driver.
  static absl::StatusOr<std::unique_ptr<GrpcDriver>> Connect(const std::string& server, const CallSettings& settings,
                                                             int connections, int threads, const Workload& workload,
                                                             uint64_t seed, const std::atomic<bool>& interrupted);

  // Makes every call of the workload once, alone, and compares the answers. The first failure, with the call's name:
  // DATA_LOSS for an answer that is wrong.
  absl::Status TryAll();

  Nanos Now() const override { return SteadyNow(); }
  void Begin(const Offer& offer) override;
  void Measure() override;
  bool RunUntil(Nanos time) override;
  Sample Take() override;
  int64_t End() override;
  Effort effort() const override;

 private:
  using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

  GrpcDriver(std::string target, const CallSettings& settings, std::vector<Channels> channels, const Workload& workload,
             uint64_t seed, const std::atomic<bool>& interrupted);

  const std::string target_;  // gRPC's name of the server
  const CallSettings settings_;
  const std::vector<Channels> channels_;  // by lane
  const Workload& workload_;
  const Mix mix_;
  const std::atomic<bool>& interrupted_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  double process_before_ = 0;
};

}  // namespace actserve::load
