// The HTTP port that Prometheus scrapes.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "prometheus/collectable.h"
#include "prometheus/exposer.h"
#include "server/config/address.h"

namespace actserve {

class MetricsServer {
 public:
  // Serves GET /metrics until destroyed. UNAVAILABLE if the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(const Address& address,
                                                              std::shared_ptr<prometheus::Collectable> metrics);

  // With the port in use, where the one asked for was 0.
  std::string address() const { return address_; }

 private:
  MetricsServer() = default;

  std::shared_ptr<prometheus::Collectable> metrics_;  // outlives the exposer, which holds it weakly
  std::unique_ptr<prometheus::Exposer> exposer_;
  std::string address_;
};

}  // namespace actserve
