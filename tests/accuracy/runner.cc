#include "tests/accuracy/runner.h"

#include <algorithm>
#include <mutex>
#include <thread>

#include "tests/accuracy/progress.h"

namespace actserve::accuracy {

absl::Status RunJobs(const std::vector<Job>& jobs, int threads, const std::atomic<bool>& stop, State& state) {
  std::vector<const Job*> waiting;
  double total = 0;
  for (const Job& job : jobs) {
    if (state.Find(job.name()) != nullptr) continue;
    waiting.push_back(&job);
    total += job.weight;
  }
  // The longest first, so that the last threads to end do so together.
  std::stable_sort(waiting.begin(), waiting.end(), [](const Job* a, const Job* b) { return a->weight > b->weight; });

  std::mutex mutex;
  Progress progress(waiting.size(), jobs.size() - waiting.size(), total);
  absl::Status status;
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    while (!stop) {
      const size_t i = next++;
      if (i >= waiting.size()) return;
      const Tallies tallies = waiting[i]->run();
      const std::lock_guard lock(mutex);
      status.Update(state.Add(waiting[i]->name(), tallies));
      int64_t inputs = 0;
      for (const auto& [name, tally] : tallies) inputs += tally.inputs;
      progress.Finish(waiting[i]->weight, inputs, waiting[i]->name());
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& thread : others) thread.join();
  progress.End();
  if (status.ok() && stop) return absl::CancelledError("stopped; the next run goes on from here");
  return status;
}

}  // namespace actserve::accuracy
