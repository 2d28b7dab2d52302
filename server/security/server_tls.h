// TLS for a server's addresses, with certificates that may be replaced while it runs.
#pragma once

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "server/config/server_config.pb.h"
#include "server/security/certificates.h"
#include "server/security/watched_files.h"

namespace actserve {

class ServerTls {
 public:
  // INVALID_ARGUMENT or NOT_FOUND says what is wrong with a file, and names it; FieldOf is the setting that does, too.
  // `config` names a certificate and a key.
  static absl::StatusOr<std::unique_ptr<ServerTls>> Load(const config::ServerConfig& config);

  // For one address to listen on. This must outlive the server that does.
  std::shared_ptr<grpc::ServerCredentials> Credentials();

  // Reads the files again, on one thread at a time. Connections that are made later get what was read. An error is as
  // Load's and comes once for each change that cannot be used; things then stay as they are.
  absl::Status Reload();

  bool is_mutual() const { return is_mutual_; }
  // When the certificate in use ends. Safe from any thread.
  std::chrono::system_clock::time_point not_after() const;

 private:
  // What one address has got; the transport's threads come here.
  struct Listener {
    ServerTls* tls;
    uint64_t version = 0;
  };

  explicit ServerTls(const config::ServerConfig& config);
  // `data` is a Listener.
  static grpc_ssl_certificate_config_reload_status Fetch(void* data, grpc_ssl_server_certificate_config** config);

  const bool is_mutual_;
  WatchedFiles files_;
  mutable std::mutex mutex_;  // guards what follows
  Certificates certificates_;
  CertificateInfo info_;
  uint64_t version_ = 0;
  std::deque<Listener> listeners_;
};

}  // namespace actserve
