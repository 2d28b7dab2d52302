// A client's connections, and which of them a call takes. For the library itself.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/cpp/options.h"
#include "grpcpp/channel.h"

namespace actserve::client {

// Safe from any thread. Calls differ by a million times in size, so that taking turns would send some behind large ones
// while other connections are idle: a call takes the channel that the fewest calls are on, in turns among equals.
class ChannelPool {
 private:
  struct Slot {
    std::shared_ptr<grpc::Channel> channel;
    std::atomic<int> calls{0};
  };

 public:
  // A call's place on a channel, which it keeps as long as this lives. May outlive the pool.
  class Lease {
   public:
    explicit Lease(std::shared_ptr<Slot> slot) : slot_(std::move(slot)) { ++slot_->calls; }
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (slot_ != nullptr) --slot_->calls;
    }
    const std::shared_ptr<grpc::Channel>& channel() const { return slot_->channel; }

   private:
    std::shared_ptr<Slot> slot_;
  };

  ChannelPool(const std::string& target, const ClientOptions& options);

  Lease Take();

 private:
  std::vector<std::shared_ptr<Slot>> slots_;
  std::atomic<size_t> turn_{0};
};

}  // namespace actserve::client
