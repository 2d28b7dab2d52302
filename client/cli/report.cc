#include "client/cli/report.h"

#include <cstdio>
#include <optional>
#include <string_view>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "client/cpp/errors.h"

namespace actserve::client {
namespace {

// gRPC's account of a connection ends in the system's own words: "…; last error: UNKNOWN: ADDRESS: WHAT: WHY".
std::string Reason(std::string message, const std::string& address) {
  for (const std::string_view noise :
       {"last error: ", "UNKNOWN: ", "UNAVAILABLE: ", "Failed to connect to remote host: "}) {
    if (const size_t at = message.find(noise); at != std::string::npos) message.erase(0, at + noise.size());
  }
  return message.starts_with(address + ": ") ? message.substr(address.size() + 2) : message;
}

// What to do where there is no connection. The words are OpenSSL's and gRPC's; a server that refuses a client's
// certificate only closes the connection.
std::string ConnectionHint(const std::string& reason, const CredentialOptions& credentials) {
  const auto says = [&](std::string_view words) { return reason.find(words) != std::string::npos; };
  if (says("not in peer certificate")) return "--tls-server-name names the one that the server's certificate is for";
  if (says("wrong version number")) {
    return "no TLS is spoken there, as at any unix socket of actserve: leave the options --tls... out";
  }
  if (says("handshake failed")) {
    return "perhaps the server's certificate has ended, or is signed by nobody whom --tls-ca, or the system, trusts";
  }
  if (says("Socket closed") || says("reset by peer")) {
    if (!credentials.uses_tls()) return "a server that speaks TLS wants --tls or --tls-ca";
    return credentials.tls_certificate.empty() ? "a server that asks for certificates wants --tls-certificate"
                                               : "perhaps it does not take your --tls-certificate";
  }
  return "start a server with 'actserve', or name another with --server or ACTSERVE_SERVER";
}

std::string Hint(const absl::Status& status, const ServerOptions& server) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound: return " ('actctl functions' lists what there is)";
    case absl::StatusCode::kUnauthenticated: return " (--token-file or ACTSERVE_TOKEN says which to send)";
    case absl::StatusCode::kDeadlineExceeded: return " (--timeout SECONDS gives it longer)";
    case absl::StatusCode::kUnimplemented: return absl::StrFormat(" (is %s an actserve server?)", server.address);
    case absl::StatusCode::kResourceExhausted:
      if (const std::optional<absl::Duration> delay = RetryDelay(status)) {
        return absl::StrFormat(" (try again in %s)", absl::FormatDuration(*delay));
      }
      // gRPC's own words, at either end; what cannot be cut into pieces is sent whole.
      if (status.message().find("larger than max") != absl::string_view::npos) {
        return " (actserve --max-message-mib raises the server's limit)";
      }
      return "";
    default: return "";
  }
}

}  // namespace

std::string Explain(const absl::Status& status, const ServerOptions& server) {
  const std::string message(status.message());
  if (status.code() == absl::StatusCode::kUnavailable) {
    const std::string reason = Reason(message, server.address);
    return absl::StrFormat("no answer from %s: %s (%s)", server.address, reason,
                           ConnectionHint(reason, server.credentials));
  }
  return message + Hint(status, server);
}

ExitStatus Fail(const std::string& what, const std::string& why) {
  std::fprintf(stderr, "actctl: %s%s%s\n", what.c_str(), what.empty() ? "" : ": ", why.c_str());
  return kFailed;
}

ExitStatus FailUsage(const std::string& why) {
  Fail("", why);
  return kUsage;
}

}  // namespace actserve::client
