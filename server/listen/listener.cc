#include "server/listen/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_format.h"
#include "server/listen/unix_socket.h"

namespace actserve {
namespace {

constexpr int kBacklog = 4096;  // Linux takes no more than net.core.somaxconn, which has this default

absl::Status Cannot(const Address& address, std::string_view why) {
  return absl::UnavailableError(absl::StrFormat("cannot listen on %s: %s", address.ToString(), why));
}

bool Set(int socket, int level, int option, int value) {
  return setsockopt(socket, level, option, &value, sizeof(value)) == 0;
}

bool BindAndListen(int socket, const sockaddr* address, socklen_t length) {
  return bind(socket, address, length) == 0 && listen(socket, kBacklog) == 0;
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const Address& address) {
  auto listener = std::unique_ptr<Listener>(new Listener(address));
  absl::Status status = address.kind == Address::Kind::kUnix ? listener->OpenUnix() : listener->OpenTcp();
  if (!status.ok()) return status;
  return listener;
}

Listener::~Listener() {
  for (const int socket : sockets_) close(socket);
  if (address_.kind == Address::Kind::kUnix && !sockets_.empty()) RemoveSocket(address_.path);
}

absl::Status Listener::OpenTcp() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(address_.host.c_str(), std::to_string(address_.port).c_str(), &hints, &found);
  if (error != 0) return Cannot(address_, gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  std::string why;
  for (addrinfo* at = found; at != nullptr; at = at->ai_next) {
    const int socket = ::socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    // All addresses that a name stands for get the port that the first one got.
    in_port_t& port = at->ai_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(at->ai_addr)->sin6_port
                                                : reinterpret_cast<sockaddr_in*>(at->ai_addr)->sin_port;
    port = htons(static_cast<uint16_t>(address_.port));
    // Connections inherit TCP_NODELAY: gRPC's messages are not to wait for acknowledgements of those before.
    if (socket >= 0 && Set(socket, SOL_SOCKET, SO_REUSEADDR, 1) && Set(socket, IPPROTO_TCP, TCP_NODELAY, 1) &&
        BindAndListen(socket, at->ai_addr, at->ai_addrlen)) {
      sockets_.push_back(socket);
      address_.port = PortOf(socket);
      continue;
    }
    if (why.empty()) why = std::strerror(errno);
    if (socket >= 0) close(socket);
  }
  // A machine without IPv6 may still say that "localhost" has such an address.
  return sockets_.empty() ? Cannot(address_, why) : absl::OkStatus();
}

absl::Status Listener::OpenUnix() {
  if (absl::Status status = FreeSocketPath(address_.path); !status.ok()) return status;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  address_.path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket >= 0 && BindAndListen(socket, reinterpret_cast<const sockaddr*>(&name), sizeof(name))) {
    sockets_.push_back(socket);
    return absl::OkStatus();
  }
  absl::Status status = Cannot(address_, std::strerror(errno));
  if (socket >= 0) close(socket);
  return status;
}

}  // namespace actserve
