// What a server shows in a TLS handshake, and whom it trusts.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace actserve {

// In PEM.
struct Certificates {
  std::string chain;                          // the server's certificate, then the intermediate ones
  std::string key;                            // its private key
  std::optional<std::string> client_ca = {};  // who signs clients' certificates; none: clients need none
};

struct CertificateInfo {
  std::string subject;
  std::chrono::system_clock::time_point not_after;
};

// What the server's certificate says of itself, once it is known that OpenSSL will work with all of them: all are PEM,
// the key needs no passphrase and belongs to the certificate. INVALID_ARGUMENT says what is not so and what was
// expected; FieldOf is the setting that names the file at fault: tls_certificate, tls_key or tls_client_ca.
absl::StatusOr<CertificateInfo> CheckCertificates(const Certificates& certificates);

}  // namespace actserve
