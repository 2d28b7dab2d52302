// Sockets that clients connect to.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "server/config/address.h"

namespace actserve {

// The sockets of one address: several where a name stands for several addresses. Closed when it goes, and a unix
// socket's file removed.
class Listener {
 public:
  // Binds and listens. UNAVAILABLE names the address and says why that cannot be.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const Address& address);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // With the port in use.
  const Address& address() const { return address_; }
  // That do not block.
  const std::vector<int>& sockets() const { return sockets_; }

 private:
  explicit Listener(const Address& address) : address_(address) {}
  absl::Status OpenTcp();
  absl::Status OpenUnix();

  Address address_;
  std::vector<int> sockets_;
};

}  // namespace actserve
