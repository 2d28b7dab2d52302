// Executions, jobs and backends whose progress a test decides.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/api/backend.h"
#include "server/pool/job.h"

namespace actserve {

// Something that happens once. Safe from any thread.
class Event {
 public:
  void Set() {
    std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  // False if it has not happened within a time that no working program takes.
  bool Wait(std::chrono::seconds timeout = std::chrono::seconds(30)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [this] { return set_; });
  }
  bool IsSet() {
    std::lock_guard lock(mutex_);
    return set_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

// Counts up, and lets a test wait for a count. Safe from any thread.
class Count {
 public:
  void Add() {
    std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool Wait(int count, std::chrono::seconds timeout = std::chrono::seconds(30)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return count_ >= count; });
  }
  void Reset() {
    std::lock_guard lock(mutex_);
    count_ = 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

// Counts what is run; calls `on_run` for each piece.
class FakeExecution : public Execution {
 public:
  explicit FakeExecution(int64_t pieces, std::function<void(int64_t)> on_run = nullptr)
      : runs_(pieces), on_run_(std::move(on_run)) {}

  int64_t pieces() const override { return static_cast<int64_t>(runs_.size()); }
  void Run(int64_t piece) override {
    if (on_run_) on_run_(piece);
    ++runs_[piece];  // not atomic: the thread sanitizer sees a piece that two threads run
  }
  void Finish() override {
    ++finished_;
    for (const int runs : runs_) total_ += runs;  // reads what other threads wrote
  }

  bool EachRanOnce() const {
    for (const int runs : runs_) {
      if (runs != 1) return false;
    }
    return true;
  }
  int finished() const { return finished_; }
  int64_t total() const { return total_; }

 private:
  std::vector<int> runs_;
  std::function<void(int64_t)> on_run_;
  int finished_ = 0;
  int64_t total_ = 0;
};

class FakeJob : public Job {
 public:
  using Job::Job;
  explicit FakeJob(size_t bytes = 1) : Job(bytes, SteadyClock::time_point::max()) {}

  void Start() override {
    started.Set();
    for (const auto& execution : executions) Add(*execution);
  }
  void End(const absl::Status& end) override {
    ++ends;
    status = end;
    ended.Set();
  }

  std::vector<std::unique_ptr<FakeExecution>> executions;
  Event started;
  Event ended;
  std::atomic<int> ends = 0;
  absl::Status status;  // once ended
};

// The CPU backend, but every piece waits until `release` is set, and then for `delay`.
class GatedBackend : public Backend {
 public:
  std::string_view name() const override { return "gated"; }
  using Backend::Prepare;
  std::unique_ptr<Execution> Prepare(const Call& call, const Outputs& outputs) const override {
    return std::make_unique<Gated>(*this, CpuBackend().Prepare(call, outputs));
  }

  mutable Count entered;  // pieces that began to wait
  mutable Event release;
  std::chrono::milliseconds delay{0};
  mutable std::atomic<int> pieces_run = 0;

 private:
  class Gated : public Execution {
   public:
    Gated(const GatedBackend& backend, std::unique_ptr<Execution> inner)
        : backend_(backend), inner_(std::move(inner)) {}
    int64_t pieces() const override { return inner_->pieces(); }
    void Run(int64_t piece) override {
      backend_.entered.Add();
      backend_.release.Wait();
      std::this_thread::sleep_for(backend_.delay);
      ++backend_.pieces_run;
      inner_->Run(piece);
    }
    void Finish() override { inner_->Finish(); }

   private:
    const GatedBackend& backend_;
    std::unique_ptr<Execution> inner_;
  };
};

}  // namespace actserve
