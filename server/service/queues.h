// How gRPC's work gets done: completion queues, each with a thread of its own.
#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_builder.h>

#include <deque>
#include <memory>
#include <span>
#include <thread>
#include <vector>

namespace actserve {

// What a queue gives back when an operation that was begun with it is over. It must outlive the operation.
class QueueEvent {
 public:
  virtual ~QueueEvent() = default;
  // On the queue's thread. `ok` as gRPC defines it for the operation.
  virtual void Happen(bool ok) = 0;
};

// One that a call reacts to.
template <class Call>
class CallEvent final : public QueueEvent {
 public:
  using Reaction = void (Call::*)(bool ok);
  CallEvent(Call& call, Reaction reaction) : call_(call), reaction_(reaction) {}
  void Happen(bool ok) override { (call_.*reaction_)(ok); }

 private:
  Call& call_;
  const Reaction reaction_;
};

// Connections belong to one queue each, and so do their calls: a call's events happen one after another. The thread
// that waits for them also receives, sends, and computes what is small.
class Queues {
 public:
  // The builder's server will use them, and must have been shut down, or never started, before Stop.
  Queues(grpc::ServerBuilder& builder, int count);
  // Stops if Stop was not called.
  ~Queues();
  Queues(const Queues&) = delete;
  Queues& operator=(const Queues&) = delete;

  std::span<const std::unique_ptr<grpc::ServerCompletionQueue>> queues() const { return queues_; }

  // Once, when the server runs and the first calls are awaited.
  void Start();
  // Lets all that was begun happen, and waits for that. No other thread may begin anything any more. Idempotent.
  void Stop();

 private:
  class End;

  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::deque<End> ends_;  // of the queues
  std::vector<std::thread> threads_;
};

}  // namespace actserve
