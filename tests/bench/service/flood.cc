#include "tests/bench/service/flood.h"

#include <deque>
#include <vector>

#include "tests/bench/service/unary_call.h"

namespace actserve::bench::service {
namespace {

class Flooder {
 public:
  Flooder(const Load& load, const Channels& channels) : load_(load) {
    stubs_.reserve(channels.size());
    for (const auto& channel : channels) stubs_.emplace_back(channel);
  }
  ~Flooder() { queue_.Shutdown(); }

  Flood Run(double rate, absl::Duration duration) {
    const Clock::time_point start = Clock::now(), end = start + absl::ToChronoNanoseconds(duration);
    const auto due = [&] {
      return start + std::chrono::nanoseconds(static_cast<int64_t>(static_cast<double>(begun_) / rate * 1e9));
    };
    if (rate == 0) {
      for (int i = 0; i < load_.in_flight; ++i) Begin(start);
    }
    for (Clock::time_point now; (now = Clock::now()) < end || open_ > 0;) {
      while (rate > 0 && now < end && due() <= now) Begin(now);
      const Clock::time_point next = rate > 0 && now < end ? std::min(due(), end) : now + std::chrono::seconds(1);
      if (Await(next) && rate == 0 && Clock::now() < end) Begin(Clock::now());
    }
    flood_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return std::move(flood_);
  }

 private:
  void Begin(Clock::time_point now) {
    if (idle_.empty()) idle_.push_back(&calls_.emplace_back(&stubs_[calls_.size() % stubs_.size()]));
    UnaryCall& call = *idle_.front();
    idle_.pop_front();
    call.Begin(load_, now, queue_);
    ++begun_;
    ++open_;
  }

  // Whether a call ended before `until`.
  bool Await(Clock::time_point until) {
    void* tag = nullptr;
    bool ok = false;
    const auto deadline = std::chrono::system_clock::now() + (until - Clock::now());
    if (queue_.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) return false;
    auto& call = *static_cast<UnaryCall*>(tag);
    const size_t bytes = call.answer().Length();
    if (call.status().ok() && bytes >= load_.least_answer && bytes <= load_.most_answer) {
      ++flood_.answered;
      flood_.latencies.Add((Clock::now() - call.begun()).count());
    } else {
      ++(call.status().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED ? flood_.refused : flood_.failed);
    }
    idle_.push_back(&call);
    --open_;
    return true;
  }

  const Load& load_;
  Flood flood_;
  grpc::CompletionQueue queue_;
  std::vector<grpc::GenericStub> stubs_;
  std::deque<UnaryCall> calls_;
  std::deque<UnaryCall*> idle_;
  int64_t begun_ = 0, open_ = 0;
};

}  // namespace

Flood RunFlood(const Load& load, const Channels& channels, double rate, absl::Duration duration) {
  return Flooder(load, channels).Run(rate, duration);
}

}  // namespace actserve::bench::service
