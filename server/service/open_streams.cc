#include "server/service/open_streams.h"

#include <memory>
#include <vector>

#include "server/service/stream_call.h"

namespace actserve {

void OpenStreams::Add(StreamCall& stream) {
  std::lock_guard lock(mutex_);
  streams_.insert(&stream);
}

void OpenStreams::Remove(StreamCall& stream) {
  std::lock_guard lock(mutex_);
  streams_.erase(&stream);
}

void OpenStreams::EndIdle(SteadyClock::duration idle) {
  std::vector<std::shared_ptr<StreamCall>> streams;
  {
    std::lock_guard lock(mutex_);
    for (StreamCall* stream : streams_) streams.push_back(stream->shared_from_this());
  }
  for (const auto& stream : streams) stream->EndIfIdle(idle);
}

}  // namespace actserve
