#include "client/load/engine/step.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace actserve::load {
namespace {

constexpr size_t kStableWindows = 3;

template <class Figure>
bool LieWithin(std::span<const Window> windows, double within, Figure figure) {
  double least = INFINITY, most = 0, sum = 0;
  for (const Window& window : windows) {
    const double value = figure(window);
    least = std::min(least, value);
    most = std::max(most, value);
    sum += value;
  }
  return sum > 0 && most - least <= within * sum / static_cast<double>(windows.size());
}

Window Summary(const Sample& sample, Nanos begin, Nanos end) {
  const measure::Histogram& latency = sample.calls.latency;
  return {.begin = begin,
          .end = end,
          .completed = sample.completed,
          .failed = sample.calls.failed(),
          .p50 = std::llround(latency.Quantile(0.5)),
          .p99 = std::llround(latency.Quantile(0.99)),
          .max = latency.max()};
}

// Whether everything failed for want of a server.
absl::Status Answers(const Sample& sample) {
  if (sample.completed > 0 || sample.messages[kUnavailable].empty()) return absl::OkStatus();
  return absl::UnavailableError(sample.messages[kUnavailable]);
}

}  // namespace

bool IsStable(std::span<const Window> windows, double within) {
  if (within <= 0 || windows.size() < kStableWindows) return false;
  const auto last = windows.last(kStableWindows);
  return LieWithin(last, within, [](const Window& window) { return window.rate(); }) &&
         LieWithin(last, within, [](const Window& window) { return static_cast<double>(window.p50); });
}

StepResult MeasureStep(Driver& driver, const Offer& offer, const Pace& pace, Observer& observer) {
  StepResult result{.offer = offer};
  driver.Begin(offer);
  const bool warm = driver.RunUntil(driver.Now() + pace.warm_up);
  result.status = warm ? Answers(driver.Take()) : absl::CancelledError("interrupted");
  observer.OnMeasuring();
  driver.Measure();
  const Nanos start = driver.Now();
  int64_t completed = 0;
  for (Nanos begin = start; result.status.ok() && begin < start + pace.duration && !result.stable;) {
    const bool ran = driver.RunUntil(std::min(begin + pace.window, start + pace.duration));
    const Nanos end = driver.Now();
    const Sample sample = driver.Take();
    if (end == begin) break;  // interrupted at once
    result.windows.push_back(Summary(sample, begin - start, end - start));
    result.total.Add(sample);
    completed += sample.completed;
    result.seconds = ToSeconds(end - start);
    result.status = ran ? Answers(sample) : absl::CancelledError("interrupted");
    result.stable = IsStable(result.windows, pace.stable_within);
    observer.OnWindow(result.windows.back());
    begin = end;
  }
  result.effort = driver.effort();
  result.unsent = driver.End();
  result.total.Add(driver.Take());
  if (result.seconds > 0) result.rate = static_cast<double>(completed) / result.seconds;
  return result;
}

}  // namespace actserve::load
