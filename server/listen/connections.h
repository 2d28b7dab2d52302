// The connections that are open, counted exactly, though it is others who close them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace actserve {

// Safe from any thread.
class Connections {
 public:
  // A socket that is handed on to somebody else.
  void Add(int socket);
  // Looks at each: some microseconds for a hundred.
  size_t Count();
  // Lets nothing more be read from or written to any: who has a connection finds that it has ended, and closes it. What
  // was written before still gets out.
  void End();

 private:
  // Descriptors are used again; cookies, by which Linux tells sockets apart, are not.
  struct Connection {
    int socket;
    uint64_t cookie;
  };

  std::mutex mutex_;
  std::vector<Connection> connections_;  // all that are open, and some that no longer are
};

}  // namespace actserve
