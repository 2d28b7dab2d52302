#include "server/security/server_tls.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "kernels/api/status.h"
#include "server/observe/log.h"
#include "server/security/reloading_credentials.h"

namespace actserve {
namespace {

std::vector<WatchedFiles::File> FilesOf(const config::ServerConfig& config) {
  std::vector<WatchedFiles::File> files = {{"tls_certificate", config.tls_certificate()},
                                           {"tls_key", config.tls_key()}};
  if (!config.tls_client_ca().empty()) files.push_back({"tls_client_ca", config.tls_client_ca()});
  return files;
}

// The same error, of the file that it is about.
absl::Status Blame(const std::vector<WatchedFiles::File>& files, const absl::Status& status) {
  const auto file =
      std::find_if(files.begin(), files.end(), [&](const auto& file) { return file.setting == FieldOf(status); });
  return InvalidField(file->setting, absl::StrFormat("%s: %s", file->path, std::string(status.message())));
}

void LogCertificate(const CertificateInfo& info) {
  const bool has_ended = info.not_after < std::chrono::system_clock::now();
  log::Write(
      has_ended ? log::Level::kWarning : log::Level::kInfo, has_ended ? "certificate_expired" : "certificate",
      {{"subject", info.subject},
       {"not_after", absl::FormatTime(absl::RFC3339_sec, absl::FromChrono(info.not_after), absl::UTCTimeZone())}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerTls>> ServerTls::Load(const config::ServerConfig& config) {
  auto tls = std::unique_ptr<ServerTls>(new ServerTls(config));
  if (absl::Status status = tls->Reload(); !status.ok()) return status;
  return tls;
}

ServerTls::ServerTls(const config::ServerConfig& config)
    : is_mutual_(!config.tls_client_ca().empty()), files_(FilesOf(config)) {}

std::shared_ptr<grpc::ServerCredentials> ServerTls::Credentials() {
  std::lock_guard lock(mutex_);
  return MakeReloadingCredentials(is_mutual_, Fetch, &listeners_.emplace_back(Listener{.tls = this}));
}

absl::Status ServerTls::Reload() {
  auto texts = files_.Changed();
  if (!texts.has_value()) return absl::OkStatus();
  if (!texts->ok()) return texts->status();
  Certificates certificates{.chain = std::move((**texts)[0]), .key = std::move((**texts)[1])};
  if (is_mutual_) certificates.client_ca = std::move((**texts)[2]);
  absl::StatusOr<CertificateInfo> info = CheckCertificates(certificates);
  if (!info.ok()) return Blame(files_.files(), info.status());
  {
    std::lock_guard lock(mutex_);
    certificates_ = std::move(certificates);
    info_ = *info;
    ++version_;
  }
  LogCertificate(*info);
  return absl::OkStatus();
}

std::chrono::system_clock::time_point ServerTls::not_after() const {
  std::lock_guard lock(mutex_);
  return info_.not_after;
}

grpc_ssl_certificate_config_reload_status ServerTls::Fetch(void* data, grpc_ssl_server_certificate_config** config) {
  auto& listener = *static_cast<Listener*>(data);
  ServerTls& tls = *listener.tls;
  std::lock_guard lock(tls.mutex_);
  if (listener.version == tls.version_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  listener.version = tls.version_;
  const Certificates& now = tls.certificates_;
  const grpc_ssl_pem_key_cert_pair pair = {now.key.c_str(), now.chain.c_str()};
  // gRPC 1.51 insists on authorities, even where clients are not asked for a certificate and so none is looked at.
  const std::string& client_ca = now.client_ca.has_value() ? *now.client_ca : now.chain;
  *config = grpc_ssl_server_certificate_config_create(client_ca.c_str(), &pair, 1);
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

}  // namespace actserve
