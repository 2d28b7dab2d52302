#include "server/listen/acceptor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/observe/log.h"

namespace actserve {
namespace {

// How long to leave connections waiting when there is no descriptor or memory for them.
constexpr std::chrono::milliseconds kPause{100};
// For files, threads' eventfds, scrapes of metrics.
constexpr size_t kOtherDescriptors = 64;

}  // namespace

Acceptor::Acceptor(size_t limit, const std::vector<std::unique_ptr<Listener>>& listeners, Take take,
                   std::function<void()> refuse)
    : limit_(limit),
      listeners_(listeners),
      take_(std::move(take)),
      refuse_(std::move(refuse)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      thread_([this] { Run(); }) {}

Acceptor::~Acceptor() {
  Stop();
  close(stop_);
}

void Acceptor::Stop() {
  eventfd_write(stop_, 1);
  if (thread_.joinable()) thread_.join();
}

void Acceptor::Run() {
  std::vector<pollfd> polled = {{.fd = stop_, .events = POLLIN, .revents = 0}};
  std::vector<size_t> listener_of = {0};
  for (size_t i = 0; i < listeners_.size(); ++i) {
    for (const int socket : listeners_[i]->sockets()) {
      polled.push_back({.fd = socket, .events = POLLIN, .revents = 0});
      listener_of.push_back(i);
    }
  }
  while (poll(polled.data(), polled.size(), -1) >= 0 || errno == EINTR) {
    if (polled[0].revents != 0) return;
    bool pause = false;
    for (size_t i = 1; i < polled.size(); ++i) {
      if (polled[i].revents != 0 && !AcceptAll(listener_of[i], polled[i].fd)) pause = true;
    }
    if (pause && poll(polled.data(), 1, static_cast<int>(kPause.count())) > 0) return;
  }
}

bool Acceptor::AcceptAll(size_t listener, int listening_socket) {
  for (;;) {
    const int socket = accept4(listening_socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
      if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) continue;  // it is gone again
      Complain("connections_wait", std::strerror(errno));
      return false;
    }
    if (MayTakeAnother()) {
      complained_ = false;
      connections_.Add(socket);
      ++counted_;
      take_(listener, listening_socket, socket);
    } else {
      refuse_();  // before the client knows, so that it finds itself counted
      close(socket);
      Complain("connections_refused", absl::StrFormat("%d connections are open, which is the limit", limit_));
    }
  }
}

bool Acceptor::MayTakeAnother() {
  if (counted_ >= limit_) counted_ = connections_.Count();
  return counted_ < limit_;
}

void Acceptor::Complain(std::string_view event, std::string_view why) {
  if (!std::exchange(complained_, true)) log::Warning(event, {{"message", why}});
}

size_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur > kOtherDescriptors ? limit.rlim_cur - kOtherDescriptors : 0;
}

}  // namespace actserve
