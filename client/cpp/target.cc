#include "client/cpp/target.h"

#include <arpa/inet.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace actserve::client {
namespace {

struct Address {
  std::string host;  // without brackets
  std::string port;
};

template <int kFamily>
bool IsAddress(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(kFamily, host.c_str(), bytes) == 1;
}

// Left to gRPC, "localhost" would quietly mean port 443, and a bad path would look like a server that is down.
absl::StatusOr<Address> Parse(const std::string& target) {
  const size_t colon = target.rfind(':');
  const std::string port = colon == std::string::npos ? "" : target.substr(colon + 1);
  const bool is_number = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (colon == 0 || !is_number || std::stoi(port) == 0 || std::stoi(port) > 65535) {
    return absl::InvalidArgumentError(
        absl::StrFormat("'%s' is not a server's address; expected HOST:PORT or unix:/PATH", target));
  }
  std::string host = target.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return Address{host, port};
}

}  // namespace

absl::StatusOr<std::string> ToGrpcTarget(const std::string& target) {
  const bool has_scheme = target.find(":/") != std::string::npos || target.starts_with("unix:") ||
                          target.starts_with("ipv4:") || target.starts_with("ipv6:") || target.starts_with("dns:");
  if (has_scheme) return target;
  const std::vector<std::string> parts = absl::StrSplit(target, ',');
  std::vector<Address> addresses;
  for (const std::string& part : parts) {
    absl::StatusOr<Address> address = Parse(part);
    if (!address.ok()) return address.status();
    if (parts.size() > 1 && !IsAddress<AF_INET>(address->host) && !IsAddress<AF_INET6>(address->host)) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "'%s' is a name in a list; expected IP addresses, or a single name that stands for all servers", part));
    }
    addresses.push_back(*std::move(address));
  }
  if (parts.size() == 1) return target;
  const bool all_v4 = std::ranges::all_of(addresses, [](const Address& each) { return IsAddress<AF_INET>(each.host); });
  if (all_v4) return "ipv4:" + target;
  std::vector<std::string> v6;  // the others among them in their IPv6 form
  v6.reserve(addresses.size());
  for (const Address& each : addresses) {
    v6.push_back(absl::StrFormat("[%s%s]:%s", IsAddress<AF_INET>(each.host) ? "::ffff:" : "", each.host, each.port));
  }
  return "ipv6:" + absl::StrJoin(v6, ",");
}

}  // namespace actserve::client
