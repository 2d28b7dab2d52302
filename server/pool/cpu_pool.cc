#include "server/pool/cpu_pool.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"

namespace actserve {
namespace {

// What another thread must find to do for waking it to pay.
constexpr size_t kBytesWorthHelp = size_t{64} << 10;

// Where all processors are busy, whoever receives and refuses goes first: what is too much is then refused at once, and
// what is computed takes no longer for it. Of Linux, where each thread has a niceness of its own; best effort.
void YieldToTransport() {
  constexpr int kNicer = 5;
  const auto thread = static_cast<id_t>(gettid());
  setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + kNicer);
}

CpuPool::Refusal RefusalOf(const absl::Status& status) {
  return absl::IsCancelled(status) ? CpuPool::Refusal::kCancelled : CpuPool::Refusal::kDeadline;
}

}  // namespace

CpuPool::CpuPool(const Limits& limits) : limits_(limits) {
  threads_.reserve(limits.threads);
  for (int i = 0; i < limits.threads; ++i) threads_.emplace_back([this] { Work(); });
}

CpuPool::~CpuPool() {
  Drain(SteadyClock::now());
  {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return waiting_jobs_ == 0 && running_.empty(); });
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

absl::Status CpuPool::Submit(std::shared_ptr<Job> job, Refusal* why) {
  Refusal unused;
  Refusal& refusal = why == nullptr ? unused : *why;
  refusal = Refusal::kNone;
  if (absl::Status status = job->Check(); !status.ok()) {
    refusal = RefusalOf(status);
    return status;
  }
  {
    std::lock_guard lock(mutex_);
    if (closed_) {
      refusal = Refusal::kClosed;
      return absl::UnavailableError("the server is shutting down");
    }
    if (full()) {
      refusal = Refusal::kQueueFull;
      return QueueFull();
    }
    Enqueue(std::move(job));
  }
  work_.notify_one();
  return absl::OkStatus();
}

void CpuPool::Add(std::shared_ptr<Job> job) {
  {
    std::lock_guard lock(mutex_);
    Enqueue(std::move(job));
  }
  work_.notify_one();
}

void CpuPool::EndElsewhere(Job& job, bool done) {
  if (!done) job.given_up_.store(true, std::memory_order_relaxed);
  if (job.unfinished_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  std::shared_ptr<Job> owned;
  {
    std::lock_guard lock(mutex_);
    owned = *std::find_if(running_.begin(), running_.end(), [&](const auto& other) { return other.get() == &job; });
  }
  End(owned, owned->Conclude());
}

size_t CpuPool::Drain(SteadyClock::time_point deadline) {
  std::unique_lock lock(mutex_);
  closed_ = true;
  ended_.wait_until(lock, deadline, [this] { return waiting_jobs_ == 0 && running_.empty(); });
  for (const auto& [route, jobs] : waiting_.waiting()) {
    for (const auto& job : jobs) job->Cancel();
  }
  for (const auto& job : running_) job->Cancel();
  return waiting_jobs_.load() + running_.size();
}

absl::Status CpuPool::QueueFull() const {
  return absl::ResourceExhaustedError(
      absl::StrFormat("%d requests are waiting, which is the limit; try again later", limits_.waiting));
}

CpuPool::Load CpuPool::load() const {
  std::lock_guard lock(mutex_);
  return {.waiting = waiting_jobs_.load(), .running = running_.size()};
}

void CpuPool::Enqueue(std::shared_ptr<Job> job) {
  const int route = job->route();
  waiting_.Push(route, std::move(job));
  ++waiting_jobs_;
}

std::shared_ptr<Job> CpuPool::Helpable() const {
  const auto job = std::find_if(running_.begin(), running_.end(), [](const auto& job) { return job->has_pieces(); });
  return job == running_.end() ? nullptr : *job;
}

void CpuPool::Work() {
  YieldToTransport();
  std::unique_lock lock(mutex_);
  for (;;) {
    if (waiting_jobs_ != 0) {
      const std::shared_ptr<Job> job = waiting_.Pop();
      --waiting_jobs_;
      running_.push_back(job);
      lock.unlock();
      Begin(job);
      lock.lock();
    } else if (const std::shared_ptr<Job> job = Helpable()) {
      lock.unlock();
      if (job->RunPieces()) End(job, job->Conclude());
      lock.lock();
    } else if (stopping_) {
      return;
    } else {
      work_.wait(lock);
    }
  }
}

void CpuPool::Begin(const std::shared_ptr<Job>& job) {
  if (absl::Status status = job->Check(); !status.ok()) return End(job, status);
  job->Start();
  const int64_t total = job->added_pieces();
  const int elsewhere = job->elsewhere();
  size_t helpers = 0;
  {
    // Under the lock, since threads that look for something to help with read them.
    std::lock_guard lock(mutex_);
    job->total_ = total;
    job->unfinished_.store(total + elsewhere, std::memory_order_relaxed);
    if (total > 1)
      helpers = std::min({static_cast<size_t>(total - 1), job->bytes() / kBytesWorthHelp, threads_.size()});
  }
  for (size_t i = 0; i < helpers; ++i) work_.notify_one();
  if (elsewhere != 0) job->StartElsewhere();
  if (total + elsewhere == 0 || job->RunPieces()) End(job, job->Conclude());
}

void CpuPool::End(const std::shared_ptr<Job>& job, const absl::Status& status) {
  job->End(status);
  std::lock_guard lock(mutex_);
  running_.erase(std::find(running_.begin(), running_.end(), job));
  if (waiting_jobs_ == 0 && running_.empty()) ended_.notify_all();
}

}  // namespace actserve
