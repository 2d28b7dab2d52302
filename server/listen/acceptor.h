// Takes in connections, as many as may be. gRPC 1.51 could do it itself, but knows no limit, and when the process has
// no descriptor left for another connection it stops listening for ever.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "server/listen/connections.h"
#include "server/listen/listener.h"

namespace actserve {

class Acceptor {
 public:
  // Takes over a connected socket, which does not block; `listener` is the index of that by which it came.
  using Take = std::function<void(size_t listener, int listening_socket, int socket)>;

  // Listeners outlive it. At most `limit` connections are open at a time: what comes in is handed to `take`, on a
  // thread of its own; over the limit it is closed at once, of which `refuse` is told.
  Acceptor(size_t limit, const std::vector<std::unique_ptr<Listener>>& listeners, Take take,
           std::function<void()> refuse);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Accepts nothing any more; `take` is not being called when it returns. Idempotent.
  void Stop();

  // Open now. From any thread.
  size_t connections() { return connections_.Count(); }
  // Ends them: whoever took them over is to close them.
  void EndConnections() { connections_.End(); }

 private:
  void Run();
  // False if connections cannot be taken in for the moment.
  bool AcceptAll(size_t listener, int listening_socket);
  bool MayTakeAnother();
  // Logs what goes wrong when it begins to, not as long as it goes on.
  void Complain(std::string_view event, std::string_view why);

  const size_t limit_;
  const std::vector<std::unique_ptr<Listener>>& listeners_;
  const Take take_;
  const std::function<void()> refuse_;
  Connections connections_;
  size_t counted_ = 0;  // connections when they were counted last, and all since
  bool complained_ = false;
  int stop_ = -1;  // an eventfd
  std::thread thread_;
};

// Lets the process have as many descriptors as it is allowed to, and returns how many connections they are enough for.
size_t RaiseDescriptorLimit();

}  // namespace actserve
