// Who may connect, and who may call: TLS and tokens, as the settings say, and the thread that keeps them up to date.
#pragma once

#include <grpcpp/security/server_credentials.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/statusor.h"
#include "server/config/address.h"
#include "server/config/server_config.pb.h"
#include "server/security/authenticator.h"
#include "server/security/server_tls.h"

namespace actserve {

// Must outlive the server that it is for.
class Security {
 public:
  // INVALID_ARGUMENT or NOT_FOUND says what is wrong with a file, and names it; FieldOf is the setting that does, too.
  static absl::StatusOr<std::unique_ptr<Security>> Load(const config::ServerConfig& config);
  // Reads no more.
  ~Security();
  Security(const Security&) = delete;
  Security& operator=(const Security&) = delete;

  // TLS on TCP, if there is any.
  std::shared_ptr<grpc::ServerCredentials> CredentialsFor(const Address& address);
  // What protects an address on the way to it: "plain", "tls" or "mutual_tls".
  std::string_view TransportOf(const Address& address) const;
  // Null: calls need no token.
  const Authenticator* authenticator() const { return authenticator_.get(); }
  // When the server's certificate ends; none without TLS. Safe from any thread.
  std::optional<std::chrono::system_clock::time_point> not_after() const;

 private:
  Security() = default;
  bool IsPlain(const Address& address) const { return tls_ == nullptr || address.kind == Address::Kind::kUnix; }
  void KeepReloading(std::chrono::seconds interval);

  std::unique_ptr<ServerTls> tls_;
  std::unique_ptr<Authenticator> authenticator_;
  std::mutex mutex_;
  std::condition_variable ends_;
  bool ended_ = false;  // guarded by mutex_
  std::thread reloader_;
};

}  // namespace actserve
