#include "client/load/calls/lane.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <utility>

#include "absl/time/time.h"

namespace actserve::load {
namespace {

double CpuSeconds(const std::thread& thread) {
  clockid_t clock;
  timespec spent{};
  if (pthread_getcpuclockid(const_cast<std::thread&>(thread).native_handle(), &clock) == 0)
    clock_gettime(clock, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

std::chrono::steady_clock::time_point AsTime(Nanos nanos) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(nanos));
}

}  // namespace

Lane::Lane(const Workload& workload, const CallSettings& settings,
           const std::vector<std::shared_ptr<grpc::Channel>>& channels, Generator generator)
    : workload_(workload), settings_(settings), channels_(channels), generator_(std::move(generator)) {
  receiver_ = std::thread([this] { ReceiveLoop(); });
  sender_ = std::thread([this] { SendLoop(); });
}

Lane::~Lane() {
  if (!ended_) Stop(SteadyNow());
  End();
}

void Lane::Measure(Nanos now) {
  std::lock_guard lock(mutex_);
  generator_.MeasureFrom(now);
  sender_before_ = CpuSeconds(sender_);
  receiver_before_ = CpuSeconds(receiver_);
}

Sample Lane::Take() {
  std::lock_guard lock(mutex_);
  return generator_.Take();
}

double Lane::busiest_thread_seconds() const {
  return std::max(CpuSeconds(sender_) - sender_before_, CpuSeconds(receiver_) - receiver_before_);
}

int64_t Lane::Stop(Nanos now) {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
  return generator_.Stop(now);
}

void Lane::End() {
  if (std::exchange(ended_, true)) return;
  sender_.join();
  {
    std::unique_lock lock(mutex_);
    const auto over = [this] { return generator_.in_flight() == 0; };
    // Calls end by their own deadlines; messages of streams have none.
    if (!changed_.wait_for(lock, absl::ToChronoNanoseconds(settings_.options.deadline), over)) {
      lock.unlock();
      CloseStreams(/*give_up=*/true);
      lock.lock();
      changed_.wait(lock, over);
    }
  }
  CloseStreams(/*give_up=*/false);
  for (const auto& stream : streams_) {
    const Nanos patience = SteadyNow() + kSecond;
    while (!stream->ended()) {
      if (SteadyNow() > patience) stream->Close(/*give_up=*/true);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  queue_.Shutdown();
  receiver_.join();
}

void Lane::CloseStreams(bool give_up) {
  for (const auto& stream : streams_) stream->Close(give_up);  // none is added any more
}

void Lane::SendLoop() {
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
  return *streams_.emplace_back(std::make_unique<MessageStream>(*this, kind.method(), channels_[channel],
                                                                settings_.options, queue_));
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
