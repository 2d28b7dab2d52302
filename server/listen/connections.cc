#include "server/listen/connections.h"

#include <sys/socket.h>

namespace actserve {
namespace {

// 0 for what is no socket (any more).
uint64_t CookieOf(int socket) {
  uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  return getsockopt(socket, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0 ? cookie : 0;
}

}  // namespace

void Connections::Add(int socket) {
  std::lock_guard lock(mutex_);
  connections_.push_back({socket, CookieOf(socket)});
}

void Connections::End() {
  std::lock_guard lock(mutex_);
  for (const Connection& connection : connections_) {
    if (CookieOf(connection.socket) == connection.cookie) shutdown(connection.socket, SHUT_RDWR);
  }
}

size_t Connections::Count() {
  std::lock_guard lock(mutex_);
  std::erase_if(connections_, [](const Connection& c) { return CookieOf(c.socket) != c.cookie; });
  return connections_.size();
}

}  // namespace actserve
