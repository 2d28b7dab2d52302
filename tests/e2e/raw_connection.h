// A client that speaks just enough HTTP/2 to misbehave.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace actserve {

class RawConnection {
 public:
  // Connects to host:port. ok() says whether that worked.
  explicit RawConnection(const std::string& address);
  ~RawConnection() { Close(); }
  RawConnection(const RawConnection&) = delete;

  bool ok() const { return socket_ >= 0; }

  // What a client begins with: the preface, and its settings, which are the defaults: 64 KiB may come before it gives
  // leave to send more, which it never does.
  void Begin();
  // The headers of a call on stream `stream` (1, 3, ...).
  void StartCall(uint32_t stream, const std::string& method);
  // The beginning of a message of `size` bytes; what is not sent never will be.
  void SendPartOfMessage(uint32_t stream, uint32_t size, std::string_view part);
  // Says that the call has no further messages.
  void EndCall(uint32_t stream);

  // Whether the server closes the connection within `time`; what it sends meanwhile is thrown away, and not answered.
  bool IsClosedWithin(std::chrono::milliseconds time);

  void Close();
  // As if the machine went away: no goodbye.
  void Reset();

 private:
  void Send(std::string_view bytes);
  void SendFrame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload);

  int socket_ = -1;
};

}  // namespace actserve
