#include "client/load/engine/sample.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace actserve::load {
namespace {

constexpr std::string_view kEndNames[kEnds] = {
    "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED", "WRONG_ANSWER"};

}  // namespace

std::string_view EndName(int end) { return kEndNames[std::clamp(end, 0, kEnds - 1)]; }

int64_t Tally::failed() const { return std::accumulate(ends.begin() + 1, ends.end(), int64_t{0}); }

void Tally::Add(const Tally& other) {
  for (int i = 0; i < kEnds; ++i) ends[i] += other.ends[i];
  latency.Add(other.latency);
}

void Sample::Add(const Sample& other) {
  calls.Add(other.calls);
  kinds.resize(std::max(kinds.size(), other.kinds.size()));
  for (size_t i = 0; i < other.kinds.size(); ++i) kinds[i].Add(other.kinds[i]);
  service.Add(other.service);
  delay.Add(other.delay);
  held += other.held;
  checked += other.checked;
  completed += other.completed;
  for (int i = 0; i < kEnds; ++i) {
    if (messages[i].empty()) messages[i] = other.messages[i];
  }
}

Nanos CallersQuantile(const Tally& calls, int64_t unsent, double q) {
  const int64_t answered = calls.answered(), all = answered + calls.failed() + unsent;
  if (all == 0) return 0;
  const double rank = std::max(1.0, std::ceil(q * static_cast<double>(all)));
  if (rank > static_cast<double>(answered)) return kNever;
  return std::llround(calls.latency.Quantile(rank / static_cast<double>(answered)));
}

}  // namespace actserve::load
