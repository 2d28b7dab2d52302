#include "server/security/security.h"

#include <utility>

#include "kernels/api/status.h"
#include "server/observe/log.h"

namespace actserve {
namespace {

void LogFailure(const absl::Status& status) {
  if (status.ok()) return;
  log::Error(
      "reload_failed",
      {{"setting", FieldOf(status)}, {"message", std::string(status.message())}, {"in_use", "what was read before"}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Security>> Security::Load(const config::ServerConfig& config) {
  auto security = std::unique_ptr<Security>(new Security);
  if (!config.tls_certificate().empty()) {
    auto tls = ServerTls::Load(config);
    if (!tls.ok()) return tls.status();
    security->tls_ = *std::move(tls);
  }
  if (!config.token_file().empty()) {
    auto authenticator = Authenticator::Load(config.token_file());
    if (!authenticator.ok()) return authenticator.status();
    security->authenticator_ = *std::move(authenticator);
  }
  if (security->tls_ != nullptr || security->authenticator_ != nullptr) {
    security->reloader_ =
        std::thread(&Security::KeepReloading, security.get(), std::chrono::seconds(config.reload_seconds()));
  }
  return security;
}

Security::~Security() {
  if (!reloader_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ends_.notify_all();
  reloader_.join();
}

std::shared_ptr<grpc::ServerCredentials> Security::CredentialsFor(const Address& address) {
  return IsPlain(address) ? grpc::InsecureServerCredentials() : tls_->Credentials();
}

std::string_view Security::TransportOf(const Address& address) const {
  if (IsPlain(address)) return "plain";
  return tls_->is_mutual() ? "mutual_tls" : "tls";
}

std::optional<std::chrono::system_clock::time_point> Security::not_after() const {
  if (tls_ == nullptr) return std::nullopt;
  return tls_->not_after();
}

void Security::KeepReloading(std::chrono::seconds interval) {
  std::unique_lock lock(mutex_);
  while (!ends_.wait_for(lock, interval, [this] { return ended_; })) {
    if (tls_ != nullptr) LogFailure(tls_->Reload());
    if (authenticator_ != nullptr) LogFailure(authenticator_->Reload());
  }
}

}  // namespace actserve
