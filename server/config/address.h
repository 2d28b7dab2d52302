// Addresses that a server listens on.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace actserve {

struct Address {
  enum class Kind { kTcp, kUnix };
  Kind kind = Kind::kTcp;
  std::string host;  // kTcp; without the brackets of IPv6
  int port = 0;      // kTcp; 0: any free one
  std::string path;  // kUnix

  // As the address was written: "host:port", "[ipv6]:port" or "unix:/path".
  std::string ToString() const;
  // Whether it can be reached from this machine only.
  bool IsLocal() const;
};

// INVALID_ARGUMENT that says what is wrong with `text` and what was expected.
absl::StatusOr<Address> ParseAddress(std::string_view text);

}  // namespace actserve
