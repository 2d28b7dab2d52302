// The options that say how actctl and a server know each other.
#pragma once

#include <string>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "client/cpp/credentials.h"

namespace actserve::client {

// Files by their names.
struct CredentialOptions {
  bool tls = false;  // so are all that begin with tls, when given
  std::string tls_ca;
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_server_name;
  std::string token_file;

  bool uses_tls() const {
    return tls || !tls_ca.empty() || !tls_certificate.empty() || !tls_key.empty() || !tls_server_name.empty();
  }
};

void AddCredentials(CLI::App& app, CredentialOptions& options);

// What the files say. The token is the first line of its file, or ACTSERVE_TOKEN of the environment. NOT_FOUND or
// INVALID_ARGUMENT names the file that cannot be used.
absl::StatusOr<Credentials> ReadCredentials(const CredentialOptions& options);

}  // namespace actserve::client
