#include "client/cpp/channel_pool.h"

#include <utility>

#include "client/cpp/channel.h"

namespace actserve::client {

ChannelPool::ChannelPool(const std::string& target, const ClientOptions& options) {
  for (int i = 0; i < options.connections; ++i) {
    slots_.push_back(std::make_shared<Slot>());
    slots_.back()->channel = MakeChannel(target, options);
  }
}

ChannelPool::Lease ChannelPool::Take() {
  // Another thread may count in between: then two calls share a channel, which is no harm.
  const size_t first = turn_.fetch_add(1, std::memory_order_relaxed);
  std::shared_ptr<Slot> best = slots_[first % slots_.size()];
  for (size_t i = 1; i < slots_.size(); ++i) {
    const std::shared_ptr<Slot>& slot = slots_[(first + i) % slots_.size()];
    if (slot->calls < best->calls) best = slot;
  }
  return Lease(std::move(best));
}

}  // namespace actserve::client
