// A share of a load, over connections of its own: one thread sends what is due, one receives.
#pragma once

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
  Lane(const Workload& workload, const CallSettings& settings, const std::vector<std::shared_ptr<grpc::Channel>>& channels,
       Generator generator);
  // Ends it, if it has not ended.
  ~Lane() override;
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // From the thread that made it.
  void Measure(Nanos now);
  Sample Take();
  double busiest_thread_seconds() const;  // CPU time since Measure, of the thread that had the most
  // Begins no call any more: those that were to begin by now, and did not.
  int64_t Stop(Nanos now);
  // Waits for the calls in flight, and gives up those that are still there when their deadline has passed.
  void End();

  void Ended(const Call& call, Nanos now, const Outcome& outcome, UnaryCall* free) override;
  Outcome Judge(const Call& call, const grpc::ByteBuffer& answer) override;

 private:
  void SendWhatIsDue();
  void Send(const Call& call, UnaryCall* unary);
  void SendLoop();
  void ReceiveLoop();
  MessageStream& StreamFor(const Kind& kind, size_t channel);
  void CloseStreams(bool give_up);

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

  std::thread sender_, receiver_;
  double sender_before_ = 0, receiver_before_ = 0;  // CPU seconds when measuring began
};

}  // namespace actserve::load
