// The server as a whole: makes its parts, knows the order in which they start and stop.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/config/address.h"
#include "server/config/settings.h"
#include "server/listen/acceptor.h"
#include "server/listen/listener.h"
#include "server/observe/metrics.h"
#include "server/observe/metrics_server.h"
#include "server/pool/admission.h"
#include "server/pool/cpu_pool.h"
#include "server/pool/cuda_pool.h"
#include "server/pool/execution_plan.h"
#include "server/pool/placement.h"
#include "server/router/router.h"
#include "server/security/security.h"
#include "server/service/activation_service.h"
#include "server/service/call_gate.h"
#include "server/service/health_service.h"
#include "server/service/queues.h"

namespace actserve {

class App {
 public:
  using Devices = std::vector<std::unique_ptr<cuda::Device>>;

  // Listens and serves. `config` is valid. UNAVAILABLE names the address that cannot be bound. Another error is of a
  // setting, FieldOf: its file cannot be used, or it wants a GPU and there is none. `cpu` outlives the App.
  // `find_devices` says why there are no GPUs, if there are none.
  static absl::StatusOr<std::unique_ptr<App>> Start(
      const config::ServerConfig& config, const Backend& cpu = CpuBackend(),
      const std::function<absl::StatusOr<Devices>()>& find_devices = cuda::FindDevices);
  // Stops at once if Stop was not called.
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Health goes NOT_SERVING, and nothing else changes: for those who send calls here to turn elsewhere before Stop.
  void AnnounceStop();

  // Health goes NOT_SERVING and new calls get UNAVAILABLE; calls in progress go on for `grace`, or until `hurry` says
  // so; what is left then is cancelled. Returns how many calls were. Once.
  int64_t Stop(std::chrono::nanoseconds grace, const std::function<bool()>& hurry);

  // With the ports in use.
  std::vector<Address> addresses() const;
  // "plain", "tls" or "mutual_tls".
  std::string_view TransportOf(const Address& address) const { return security_->TransportOf(address); }
  std::string metrics_address() const { return metrics_server_ == nullptr ? "" : metrics_server_->address(); }
  grpc::Server& server() { return *server_; }

 private:
  App(const config::ServerConfig& config, const Backend& cpu, std::unique_ptr<Security> security,
      absl::StatusOr<Devices> devices);
  LoadSample Sample() const;
  void OnDeviceChanged(const CudaPool::DeviceState& state);
  absl::Status Listen();
  absl::Status ListenForMetrics();
  void Accept();
  void EndConnections();
  void Close();

  const config::ServerConfig config_;
  // What requests use, first: it must be there until the last of them has ended.
  const std::unique_ptr<Security> security_;
  const Devices devices_;
  const Router router_;
  CallGate gate_;
  std::shared_ptr<Metrics> metrics_;
  BufferPool buffers_;
  Admission admission_;
  // Close() shuts the server down, waits for the last call and then takes these down: the metrics' port asks the pool
  // for its load; the pool may still end requests of streams that are over, which use the service; and the queues,
  // which must be empty when they go, hold what refers to the services.
  std::unique_ptr<CpuPool> pool_;
  const ExecutionPlan plan_;
  const std::unique_ptr<HealthService> health_;
  const std::unique_ptr<CudaPool> cuda_pool_;  // null: there are no GPUs
  Placement placement_;
  std::unique_ptr<ActivationService> service_;
  std::unique_ptr<Queues> queues_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<MetricsServer> metrics_server_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor>> doors_;  // of the listeners, into gRPC
  std::unique_ptr<Acceptor> acceptor_;                                                  // which the metrics ask, too
};

// What --print-plan prints.
std::string PlanText(const config::ServerConfig& config);

// Runs the server until a signal stops it; returns the process's exit code. `settings` are valid.
int Serve(const Settings& settings);

}  // namespace actserve
