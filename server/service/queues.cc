#include "server/service/queues.h"

#include <grpcpp/alarm.h>

#include <chrono>

namespace actserve {
namespace {

void Serve(grpc::ServerCompletionQueue& queue) {
  void* event = nullptr;
  for (bool ok = false; queue.Next(&event, &ok);) static_cast<QueueEvent*>(event)->Happen(ok);
}

}  // namespace

// Shuts the queue down on its own thread, when what was in it has happened: to begin something with a queue that is
// shut down is fatal, and a call that arrived just before begins something when its event happens.
class Queues::End final : public QueueEvent {
 public:
  explicit End(grpc::ServerCompletionQueue& queue) : queue_(queue) {}
  void Begin() { alarm_.Set(&queue_, std::chrono::system_clock::now(), this); }
  void Happen(bool) override { queue_.Shutdown(); }

 private:
  grpc::ServerCompletionQueue& queue_;
  grpc::Alarm alarm_;
};

Queues::Queues(grpc::ServerBuilder& builder, int count) {
  for (int i = 0; i < count; ++i) ends_.emplace_back(*queues_.emplace_back(builder.AddCompletionQueue()));
}

Queues::~Queues() { Stop(); }

void Queues::Start() {
  for (const auto& queue : queues_) threads_.emplace_back([&queue = *queue] { Serve(queue); });
}

void Queues::Stop() {
  if (threads_.empty()) Start();  // a queue must be emptied in any case
  for (End& end : ends_) end.Begin();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  ends_.clear();
  queues_.clear();
}

}  // namespace actserve
