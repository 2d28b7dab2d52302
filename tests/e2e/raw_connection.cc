#include "tests/e2e/raw_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace actserve {
namespace {

constexpr uint8_t kData = 0, kHeaders = 1, kSettings = 4, kEndStream = 1, kEndHeaders = 4;
constexpr size_t kMaxFrame = 16 << 10;

std::string BigEndian(uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// HPACK: a literal with a literal name, not to be indexed; both are short.
std::string Header(std::string_view name, std::string_view value) {
  std::string text(1, '\0');
  for (const std::string_view part : {name, value}) {
    text += static_cast<char>(part.size());
    text += part;
  }
  return text;
}

}  // namespace

RawConnection::RawConnection(const std::string& address) {
  const size_t colon = address.rfind(':');
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &name.sin_addr);
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) Close();
}

void RawConnection::Begin() {
  Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  SendFrame(kSettings, 0, 0, "");
}

void RawConnection::StartCall(uint32_t stream, const std::string& method) {
  SendFrame(kHeaders, kEndHeaders, stream,
            Header(":method", "POST") + Header(":scheme", "http") + Header(":path", method) +
                Header(":authority", "test") + Header("te", "trailers") + Header("content-type", "application/grpc"));
}

void RawConnection::SendPartOfMessage(uint32_t stream, uint32_t size, std::string_view part) {
  SendFrame(kData, 0, stream, BigEndian(size, 5));  // not compressed, and the size
  for (; !part.empty(); part.remove_prefix(std::min(part.size(), kMaxFrame)))
    SendFrame(kData, 0, stream, part.substr(0, kMaxFrame));
}

void RawConnection::EndCall(uint32_t stream) { SendFrame(kData, kEndStream, stream, ""); }

bool RawConnection::IsClosedWithin(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd polled{.fd = socket_, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&polled, 1, static_cast<int>(left.count())) <= 0) return false;
    char bytes[4096];
    if (recv(socket_, bytes, sizeof(bytes), 0) <= 0) return true;
  }
}

void RawConnection::Close() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

void RawConnection::Reset() {
  const linger no_goodbye{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &no_goodbye, sizeof(no_goodbye));
  Close();
}

void RawConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(sent);
  }
}

void RawConnection::SendFrame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  Send(BigEndian(static_cast<uint32_t>(payload.size()), 3) + static_cast<char>(type) + static_cast<char>(flags) +
       BigEndian(stream, 4) + std::string(payload));
}

}  // namespace actserve
