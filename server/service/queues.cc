#include "server/service/queues.h"

#include <grpcpp/alarm.h>

#include <chrono>
#include <deque>

namespace actserve {
namespace {

void Serve(grpc::ServerCompletionQueue& queue) {
  void* event = nullptr;
  for (bool ok = false; queue.Next(&event, &ok);) static_cast<QueueEvent*>(event)->Happen(ok);
}

// Shuts the queue down on its own thread, when what was in it has happened: to begin something with a queue that is
// shut down is fatal, and a call that arrived just before begins something when its event happens.
class End final : public QueueEvent {
 public:
  explicit End(grpc::ServerCompletionQueue& queue) : queue_(queue) {
    alarm_.Set(&queue, std::chrono::system_clock::now(), this);
  }
  void Happen(bool) override { queue_.Shutdown(); }

 private:
  grpc::ServerCompletionQueue& queue_;
  grpc::Alarm alarm_;
};

}  // namespace

Queues::Queues(grpc::ServerBuilder& builder, int count) {
  for (int i = 0; i < count; ++i) queues_.push_back(builder.AddCompletionQueue());
}

void Queues::Start() {
  for (const auto& queue : queues_) threads_.emplace_back([&queue = *queue] { Serve(queue); });
}

void Queues::Stop() {
  if (threads_.empty()) Start();  // a queue must be emptied in any case
  std::deque<End> ends;
  for (const auto& queue : queues_) ends.emplace_back(*queue);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  queues_.clear();
}

}  // namespace actserve
