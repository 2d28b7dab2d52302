#include "server/observe/metrics_server.h"

#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"

namespace actserve {

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(const Address& address,
                                                                    std::shared_ptr<prometheus::Collectable> metrics) {
  auto server = std::unique_ptr<MetricsServer>(new MetricsServer);
  server->metrics_ = std::move(metrics);
  try {
    server->exposer_ = std::make_unique<prometheus::Exposer>(std::vector<std::string>{
        "listening_ports", address.ToString(), "num_threads", "2", "request_timeout_ms", "10000"});
  } catch (const std::exception& error) {  // a CivetException, which says nothing of use
    return absl::UnavailableError(absl::StrFormat("cannot listen on %s for metrics", address.ToString()));
  }
  server->exposer_->RegisterCollectable(server->metrics_);
  Address bound = address;
  if (const std::vector<int> ports = server->exposer_->GetListeningPorts(); !ports.empty()) bound.port = ports.front();
  server->address_ = bound.ToString();
  return server;
}

}  // namespace actserve
