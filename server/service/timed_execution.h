// An execution that adds up the time that threads spend on it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

#include "kernels/api/backend.h"

namespace actserve {

class TimedExecution final : public Execution {
 public:
  explicit TimedExecution(std::unique_ptr<Execution> inner) : inner_(std::move(inner)) {}

  int64_t pieces() const override { return inner_->pieces(); }
  void Run(int64_t piece) override {
    const auto start = std::chrono::steady_clock::now();
    inner_->Run(piece);
    Add(start);
  }
  void Finish() override {
    const auto start = std::chrono::steady_clock::now();
    inner_->Finish();
    Add(start);
  }

  // All of it, on this thread, from `start` on, which is now. Returns when it ended: one look at the clock for each of
  // many small executions, which cost not much more than that.
  std::chrono::steady_clock::time_point RunInline(std::chrono::steady_clock::time_point start) {
    actserve::RunInline(*inner_);
    const auto end = std::chrono::steady_clock::now();
    time_.fetch_add((end - start).count(), std::memory_order_relaxed);
    return end;
  }

  // The sum over threads, so more than what passed on the clock where several worked at once.
  std::chrono::nanoseconds time() const { return std::chrono::nanoseconds(time_.load(std::memory_order_relaxed)); }

 private:
  void Add(std::chrono::steady_clock::time_point start) {
    const std::chrono::nanoseconds spent = std::chrono::steady_clock::now() - start;
    time_.fetch_add(spent.count(), std::memory_order_relaxed);
  }

  std::unique_ptr<Execution> inner_;
  std::atomic<int64_t> time_{0};
};

}  // namespace actserve
