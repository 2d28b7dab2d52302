// Servers' addresses, as users write them. For the library itself.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace actserve::client {

// What gRPC calls it: host:port, [ipv6]:port, unix:/path and gRPC's own names (dns:///host:port, ipv4:1.2.3.4:1) are
// left as they are, a list of addresses with commas between them becomes an ipv4: or ipv6: name. INVALID_ARGUMENT for
// what can be none of these, and for lists of host names: gRPC cannot look up more than one.
absl::StatusOr<std::string> ToGrpcTarget(const std::string& target);

}  // namespace actserve::client
