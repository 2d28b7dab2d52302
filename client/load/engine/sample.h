// What calls came to, in some time.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/load/engine/nanos.h"
#include "client/measure/histogram.h"

namespace actserve::load {

// How a call ended: a status code of gRPC's, 0 to 16, or kWrong.
inline constexpr int kOk = 0, kUnavailable = 14, kWrong = 17, kEnds = 18;
std::string_view EndName(int end);  // "DEADLINE_EXCEEDED", "WRONG_ANSWER"

struct Outcome {
  int end = kOk;             // the call's, or that of its first item that failed
  bool checked = false;      // its answer was compared with what it should be
  std::string message = {};  // of a failure
};

// Calls of one kind, or of all. Failed ones have no latency here.
struct Tally {
  std::array<int64_t, kEnds> ends{};
  measure::Histogram latency;  // from the intended beginning to the end

  int64_t answered() const { return ends[kOk]; }
  int64_t failed() const;
  void Add(const Tally& other);
};

// Of the calls that were to begin once measuring had: all but `completed`, which counts every answer that came.
struct Sample {
  Tally calls;
  std::vector<Tally> kinds;    // of the mix
  measure::Histogram service;  // from the real beginning to the end, of those answered
  measure::Histogram delay;    // from when a call could have begun to its beginning: what actload owes
  int64_t held = 0;            // had to wait until fewer were in flight
  int64_t checked = 0;         // answers compared
  int64_t completed = 0;       // answers in this time, whenever their calls began
  std::array<std::string, kEnds> messages = {};  // the first failure of each kind

  void Add(const Sample& other);
};

// The quantile that a caller would have seen: calls that failed, and `unsent` ones that never began, are slower than
// any other. kNever if it lies among them, 0 of nothing.
Nanos CallersQuantile(const Tally& calls, int64_t unsent, double q);

}  // namespace actserve::load
