// A completion queue with what the service has for it.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <chrono>

#include "server/service/queues.h"
#include "server/service/reception.h"

namespace actserve {

// Goes after the queue.
class ServiceQueue final : private QueueEvent {
 public:
  ServiceQueue(grpc::ServerCompletionQueue& queue, const Reception::Limits& limits)
      : queue(queue), reception(limits, [this] {
          timer_.Set(&this->queue, std::chrono::system_clock::now() + Reception::kSlice,
                     static_cast<QueueEvent*>(this));
        }) {}

  grpc::ServerCompletionQueue& queue;
  Reception reception;

 private:
  void Happen(bool) override { reception.OnTimer(SteadyClock::now()); }

  grpc::Alarm timer_;
};

}  // namespace actserve
