#include "server/config/address.h"

#include <sys/un.h>

#include <charconv>

#include "absl/strings/str_format.h"

namespace actserve {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr size_t kMaxUnixPath = sizeof(sockaddr_un::sun_path) - 1;

absl::Status Bad(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrFormat("\"%s\" is not an address: %s; expected host:port, [ipv6]:port or unix:/path", text, why));
}

}  // namespace

std::string Address::ToString() const {
  if (kind == Kind::kUnix) return absl::StrFormat("%s%s", kUnix, path);
  const bool ipv6 = host.find(':') != std::string::npos;
  return ipv6 ? absl::StrFormat("[%s]:%d", host, port) : absl::StrFormat("%s:%d", host, port);
}

bool Address::IsLocal() const {
  return kind == Kind::kUnix || host == "localhost" || host == "::1" || host.starts_with("127.");
}

absl::StatusOr<Address> ParseAddress(std::string_view text) {
  Address address;
  if (text.starts_with(kUnix)) {
    address.kind = Address::Kind::kUnix;
    address.path = text.substr(kUnix.size());
    if (address.path.empty()) return Bad(text, "the path is empty");
    if (address.path.size() > kMaxUnixPath) {
      return Bad(text, absl::StrFormat("the path has %d bytes, and a socket's has at most %d", address.path.size(),
                                       kMaxUnixPath));
    }
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Bad(text, "it has no port");
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty()) return Bad(text, "the host is empty");
  if (!bracketed && host.find(':') != std::string_view::npos) return Bad(text, "IPv6 needs brackets");
  address.host = host;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size() || address.port < 0 || address.port > 65535) {
    return Bad(text, "the port is not a number from 0 to 65535");
  }
  return address;
}

}  // namespace actserve
