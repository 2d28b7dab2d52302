// The streams that are open.
#pragma once

#include <mutex>
#include <unordered_set>

#include "server/pool/job.h"

namespace actserve {

class StreamCall;

// Safe from any thread.
class OpenStreams {
 public:
  void Add(StreamCall& stream);
  void Remove(StreamCall& stream);

  // Ends those on which nothing has been going on for `idle`: for a server that drains.
  void EndIdle(SteadyClock::duration idle);

 private:
  std::mutex mutex_;
  std::unordered_set<StreamCall*> streams_;
};

}  // namespace actserve
