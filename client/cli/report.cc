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
  for (const std::string_view noise : {"last error: ", "UNKNOWN: ", "Failed to connect to remote host: "}) {
    if (const size_t at = message.find(noise); at != std::string::npos) message.erase(0, at + noise.size());
  }
  return message.starts_with(address + ": ") ? message.substr(address.size() + 2) : message;
}

std::string Hint(const absl::Status& status, const ServerOptions& server) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound: return " ('actctl functions' lists what there is)";
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
    return absl::StrFormat(
        "no answer from %s: %s (start a server with 'actserve', or name another with --server or "
        "ACTSERVE_SERVER)",
        server.address, Reason(message, server.address));
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
