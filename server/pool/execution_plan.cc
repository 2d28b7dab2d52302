#include "server/pool/execution_plan.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/strings/str_format.h"
#include "kernels/api/registry.h"

namespace actserve {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

// A thread of the transport that computes does not receive meanwhile, so it should not for long.
constexpr nanoseconds kShortest = microseconds(50), kLongest = microseconds(500);
// What a request must be worth to be handed on. Beside the handoff, whose way back is as long, it costs a thread of the
// transport for the answer and caches that are cold: on two cores, 1 MiB of silu (80 us) takes a tenth more CPU so.
constexpr int kHandoffs = 4;

// A job that only says when it is over.
class Probe final : public Job {
 public:
  Probe() : Job(0, SteadyClock::time_point::max()) {}
  void Start() override {}
  void End(const absl::Status&) override {
    std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_one();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return over_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
};

nanoseconds MeasureHandoff(CpuPool& pool) {
  constexpr int kProbes = 31;
  std::vector<nanoseconds> times;
  for (int i = 0; i < kProbes; ++i) {
    const auto probe = std::make_shared<Probe>();
    const auto start = SteadyClock::now();
    if (!pool.Submit(probe).ok()) continue;
    probe->Wait();
    times.push_back(SteadyClock::now() - start);
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times.empty() ? nanoseconds(0) : times[times.size() / 2];
}

}  // namespace

ExecutionPlan MakePlan(const Backend& cpu, CpuPool& pool, std::optional<nanoseconds> inline_limit) {
  ExecutionPlan plan{.costs = CostModel(cpu), .handoff = MeasureHandoff(pool)};
  plan.inline_limit = inline_limit.value_or(std::clamp(kHandoffs * plan.handoff, kShortest, kLongest));
  return plan;
}

std::string Print(const ExecutionPlan& plan, int threads) {
  const auto micros = [](nanoseconds time) { return static_cast<double>(time.count()) / 1000; };
  std::string text = absl::StrFormat(
      "threads that compute          %8d\n"
      "to a thread of the pool, back %8.1f us\n"
      "a call, whatever its size     %8.2f us\n"
      "run where received up to      %8.1f us\n\n"
      "Elements up to which a call of one item runs where it was received, and ns an element:\n\n"
      "%-12s %-9s",
      threads, micros(plan.handoff), micros(plan.costs.per_call()), micros(plan.inline_limit), "function", "direction");
  for (const DataType type : kWideTypes) text += absl::StrFormat(" %18s", Name(type));
  text += "\n";
  for (const Function& function : Functions()) {
    for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
      text += absl::StrFormat("%-12s %-9s", function.info.name,
                              direction == Direction::kEvaluate ? "evaluate" : "gradient");
      for (const DataType type : kWideTypes) {
        const double cost = plan.costs.NanosecondsPerElement(function.index, direction, type);
        const nanoseconds left = std::max(nanoseconds(0), plan.inline_limit - plan.costs.per_call());
        text += absl::StrFormat(" %10d %7.3f", static_cast<int64_t>(static_cast<double>(left.count()) / cost), cost);
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace actserve
