// One load, measured.
#pragma once

#include <span>
#include <vector>

#include "absl/status/status.h"
#include "client/load/engine/driver.h"

namespace actserve::load {

struct Pace {
  Nanos warm_up = kSecond;
  Nanos window = kSecond;
  Nanos duration = 10 * kSecond;  // of measuring, at most
  double stable_within = 0.05;    // stop before that when windows differ by no more; 0: never
};

// A part of the time that was measured. Latencies are of the calls that ended in it.
struct Window {
  Nanos begin = 0, end = 0;  // since measuring began
  int64_t completed = 0;     // answers
  int64_t failed = 0;
  Nanos p50 = 0, p99 = 0, max = 0;

  double seconds() const { return ToSeconds(end - begin); }
  double rate() const { return static_cast<double>(completed) / seconds(); }
};

struct StepResult {
  Offer offer = {};
  Sample total = {};  // with the calls that ended after the last window
  std::vector<Window> windows = {};
  bool stable = false;
  int64_t unsent = 0;  // calls that were to begin and did not
  double seconds = 0;  // of all windows
  double rate = 0;     // answers a second, in the windows
  Effort effort = {};
  absl::Status status =
      {};  // UNAVAILABLE: nobody answered any more; CANCELLED: interrupted; results are of the time before
};

// Hears how a step goes. Both take their time outside of what is measured, as far as it goes.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void OnMeasuring() {}
  virtual void OnWindow(const Window&) {}
};
StepResult MeasureStep(Driver& driver, const Offer& offer, const Pace& pace, Observer& observer);

// Whether the rates of the last three windows lie within a share of their mean, and their median latencies, too.
bool IsStable(std::span<const Window> windows, double within);

}  // namespace actserve::load
