// A share of a load, over connections of its own: one thread sends what is due, one receives.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "client/cpp/options.h"
#include "client/load/calls/event.h"
#include "client/load/calls/message_stream.h"
#include "client/load/calls/unary_call.h"
#include "client/load/calls/workload.h"
#include "client/load/engine/driver.h"
#include "grpcpp/channel.h"
#include "grpcpp/completion_queue.h"

namespace actserve::load {

inline Nanos SteadyNow() { return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1); }

struct CallSettings {
  client::ClientOptions options;  // its deadline is the calls'
  double check = 0;               // the share of answers that is compared
};

class Lane final : public CallOwner {
 public:
  // Starts at once. What is referred to must outlive it.
  Lane(const Workload& workload, const CallSettings& settings,
       const std::vector<std::shared_ptr<grpc::Channel>>& channels, Generator generator);
  // Ends it, if it has not ended.
  ~Lane() override;
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // From the thread that made it.
  void Measure(Nanos now);
  Sample Take();
  void GiveUpStreams(Nanos begun_before);  // those with a call that began before, and has no answer
  Effort effort() const;                   // of its threads, since Measure; not of the process
  // Begins no call any more: those that were to begin by now, and did not.
  int64_t Stop(Nanos now);
  // Waits for the calls in flight, to their deadlines.
  void End();

  void Ended(const Call& call, Nanos now, const Outcome& outcome, UnaryCall* free) override;
  Outcome Judge(const Call& call, const grpc::ByteBuffer& answer) override;

 private:
  void SendWhatIsDue();
  void Send(const Call& call, UnaryCall* unary);
  void SendLoop();
  void ReceiveLoop();
  MessageStream& StreamFor(const Kind& kind, size_t channel);

  const Workload& workload_;
  const CallSettings& settings_;
  const std::vector<std::shared_ptr<grpc::Channel>>& channels_;
  grpc::CompletionQueue queue_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  Generator generator_;
  std::vector<std::unique_ptr<UnaryCall>> calls_;
  std::vector<UnaryCall*> free_;
  std::vector<std::unique_ptr<MessageStream>> streams_;  // with those that ended
  size_t turn_ = 0;                                      // of channels
  bool sender_waits_ = false;                            // until something changes
  bool stopped_ = false, ended_ = false;

  // A thread, and what it had used when measuring began.
  struct Worker {
    std::thread thread;
    std::atomic<int> id = 0;  // the kernel's, once it runs
    Effort before;
  };
  static Effort EffortOf(const Worker& worker);
  Worker sender_, receiver_;
};

}  // namespace actserve::load
