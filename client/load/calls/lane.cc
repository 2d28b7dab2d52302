#include "client/load/calls/lane.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace actserve::load {
namespace {

constexpr std::chrono::milliseconds kStreamsAreLookedAt(50);

std::chrono::steady_clock::time_point AsTime(Nanos nanos) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(nanos));
}

}  // namespace

Lane::Lane(const Workload& workload, const CallSettings& settings,
           const std::vector<std::shared_ptr<grpc::Channel>>& channels, Generator generator)
    : workload_(workload), settings_(settings), channels_(channels), generator_(std::move(generator)) {
  receiver_.thread = std::thread([this] { ReceiveLoop(); });
  sender_.thread = std::thread([this] { SendLoop(); });
}

Lane::~Lane() {
  if (!ended_) Stop(SteadyNow());
  End();
}

void Lane::Measure(Nanos now) {
  std::lock_guard lock(mutex_);
  generator_.MeasureFrom(now);
  for (Worker* worker : {&sender_, &receiver_}) worker->before = EffortOf(*worker);
}

// Of /proc: how long a thread has run, and how long it has waited for a core, in nanoseconds.
Effort Lane::EffortOf(const Worker& worker) {
  double ran = 0, waited = 0;
  std::ifstream(absl::StrCat("/proc/self/task/", worker.id.load(), "/schedstat")) >> ran >> waited;
  return {.busiest_thread = ran * 1e-9, .waited = waited * 1e-9};
}

Effort Lane::effort() const {
  Effort most;
  for (const Worker* worker : {&sender_, &receiver_}) {
    const Effort now = EffortOf(*worker);
    most.busiest_thread = std::max(most.busiest_thread, now.busiest_thread - worker->before.busiest_thread);
    most.waited = std::max(most.waited, now.waited - worker->before.waited);
  }
  return most;
}

Sample Lane::Take() {
  std::lock_guard lock(mutex_);
  return generator_.Take();
}

int64_t Lane::Stop(Nanos now) {
  SendWhatIsDue();  // or what the sender was about to send would count as never sent
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
  return generator_.Stop(now);
}

void Lane::End() {
  if (std::exchange(ended_, true)) return;
  sender_.thread.join();
  {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kStreamsAreLookedAt, [this] { return generator_.in_flight() == 0; })) {
      lock.unlock();
      GiveUpStreams(SteadyNow() - absl::ToInt64Nanoseconds(settings_.options.deadline));
      lock.lock();
    }
  }
  for (const auto& stream : streams_) stream->Close();  // none is added any more
  const Nanos patience = SteadyNow() + kSecond;
  for (const auto& stream : streams_) {
    while (!stream->ended()) {
      if (SteadyNow() > patience) stream->Cancel();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  queue_.Shutdown();
  receiver_.thread.join();
}

void Lane::GiveUpStreams(Nanos begun_before) {
  std::lock_guard lock(mutex_);
  for (const auto& stream : streams_) stream->GiveUpIfOlder(begun_before);
}

void Lane::SendLoop() {
  sender_.id = gettid();
  prctl(PR_SET_TIMERSLACK, 1);  // the kernel would let it sleep 50 us longer
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    const Nanos due = generator_.NextDue();
    if (due <= SteadyNow()) {
      lock.unlock();
      SendWhatIsDue();
      lock.lock();
    } else if (due == kNever) {
      sender_waits_ = true;
      changed_.wait(lock);
      sender_waits_ = false;
    } else {
      changed_.wait_until(lock, AsTime(due));
    }
  }
}

void Lane::ReceiveLoop() {
  receiver_.id = gettid();
  void* tag = nullptr;
  for (bool ok = false; queue_.Next(&tag, &ok);) static_cast<Event*>(tag)->Proceed(ok);
}

void Lane::SendWhatIsDue() {
  for (;;) {
    std::optional<Call> call;
    UnaryCall* unary = nullptr;
    {
      std::lock_guard lock(mutex_);
      call = generator_.Begin(SteadyNow());
      if (!call) return;
      if (!workload_[call->kind]->is_stream()) {
        if (free_.empty()) free_.push_back(calls_.emplace_back(std::make_unique<UnaryCall>(*this)).get());
        unary = free_.back();
        free_.pop_back();
      }
    }
    Send(*call, unary);
  }
}

void Lane::Send(const Call& call, UnaryCall* unary) {
  const Kind& kind = *workload_[call.kind];
  const grpc::ByteBuffer& request = kind.request(call.dice);
  size_t channel = 0;
  {
    std::lock_guard lock(mutex_);
    channel = turn_++ % channels_.size();
  }
  if (unary != nullptr)
    return unary->Begin(call, kind.method(), request, channels_[channel], settings_.options, queue_);
  while (!StreamFor(kind, channel).Send(call, request)) {
  }
}

MessageStream& Lane::StreamFor(const Kind& kind, size_t channel) {
  std::lock_guard lock(mutex_);
  for (const auto& stream : streams_) {
    if (stream->method() == kind.method() && stream->channel() == channels_[channel].get() && stream->takes_messages())
      return *stream;
  }
  return *streams_.emplace_back(
      std::make_unique<MessageStream>(*this, kind.method(), channels_[channel], settings_.options, queue_));
}

Outcome Lane::Judge(const Call& call, const grpc::ByteBuffer& answer) {
  constexpr uint32_t kMix = 2'654'435'769;  // so that which variant it is has nothing to do with it
  const bool compare = call.dice * kMix < settings_.check * 0x1p32;
  return workload_[call.kind]->Judge(call.dice, answer, compare);
}

void Lane::Ended(const Call& call, Nanos now, const Outcome& outcome, UnaryCall* free) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    generator_.End(call, now, outcome);
    if (free != nullptr) free_.push_back(free);
    wake = sender_waits_ || (stopped_ && generator_.in_flight() == 0);
  }
  SendWhatIsDue();
  if (wake) changed_.notify_all();
}

}  // namespace actserve::load
