#include "client/cli/credentials.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace actserve::client {
namespace {

constexpr char kTokenVariable[] = "ACTSERVE_TOKEN";

// Nothing, if no file is named.
absl::Status Read(const std::string& path, std::string& text) {
  if (path.empty()) return absl::OkStatus();
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  file.peek();  // a folder can be opened, too
  if (!file.is_open() || file.bad()) {
    return absl::NotFoundError(absl::StrFormat("%s: cannot be read: %s", path, std::strerror(errno)));
  }
  text.assign(std::istreambuf_iterator<char>(file), {});
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  if (path.empty()) {
    const char* token = std::getenv(kTokenVariable);
    return std::string(token == nullptr ? "" : token);
  }
  std::string text;
  if (absl::Status status = Read(path, text); !status.ok()) return status;
  const std::string token(absl::StripAsciiWhitespace(text.substr(0, text.find('\n'))));
  if (!token.empty()) return token;
  return absl::InvalidArgumentError(absl::StrFormat("%s: its first line is empty; expected a token", path));
}

}  // namespace

void AddCredentials(CLI::App& app, CredentialOptions& options) {
  app.add_flag("--tls", options.tls, "Encrypt, and check the server's certificate; implied by the next");
  app.add_option("--tls-ca", options.tls_ca, "Who may have signed it, in PEM (default: whom the system trusts)")
      ->envname("ACTSERVE_TLS_CA")
      ->option_text("FILE");
  app.add_option("--tls-certificate", options.tls_certificate, "Your own, for servers that ask for one, in PEM")
      ->envname("ACTSERVE_TLS_CERTIFICATE")
      ->option_text("FILE");
  app.add_option("--tls-key", options.tls_key, "Its private key, in PEM")
      ->envname("ACTSERVE_TLS_KEY")
      ->option_text("FILE");
  app.add_option("--tls-server-name", options.tls_server_name,
                 "The name in the server's certificate, where it is not\nthe one in --server")
      ->option_text("NAME");
  app.add_option("--token-file", options.token_file,
                 absl::StrFormat("A file whose first line is the token to call with\n(default: %s of the environment)",
                                 kTokenVariable))
      ->option_text("FILE");
}

absl::StatusOr<Credentials> ReadCredentials(const CredentialOptions& options) {
  Credentials credentials;
  absl::StatusOr<std::string> token = ReadToken(options.token_file);
  if (!token.ok()) return token.status();
  credentials.token = *std::move(token);
  if (!options.uses_tls()) return credentials;
  Tls tls;
  tls.server_name = options.tls_server_name;
  if (absl::Status status = Read(options.tls_ca, tls.ca); !status.ok()) return status;
  if (absl::Status status = Read(options.tls_certificate, tls.certificate); !status.ok()) return status;
  if (absl::Status status = Read(options.tls_key, tls.key); !status.ok()) return status;
  credentials.tls = std::move(tls);
  return credentials;
}

}  // namespace actserve::client
