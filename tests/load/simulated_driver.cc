#include "tests/load/simulated_driver.h"

#include <algorithm>

namespace actserve::load {

void SimulatedDriver::Begin(const Offer& offer) {
  generators_.clear();
  busy_.clear();
  for (int i = 0; i < server_.workers; ++i) busy_.emplace(now_, i);
  for (int i = 0; i < shares_; ++i) generators_.emplace_back(offer, Share{i, shares_}, Mix{}, now_);
}

void SimulatedDriver::Measure() {
  for (Generator& generator : generators_) generator.MeasureFrom(now_);
}

Nanos SimulatedDriver::EndOf(Nanos begin, Nanos work) const {
  Nanos end = begin + work;
  for (const auto& [from, to] : server_.stalls) {
    if (from < end && to > begin) end += to - std::max(begin, from);
  }
  return end;
}

void SimulatedDriver::Send(size_t share, const Call& call) {
  InFlight flight{share, call, {}};
  Nanos begin = now_;
  if (!busy_.empty()) begin = std::max(begin, busy_.begin()->first);
  Nanos end = EndOf(begin, server_.latency(random_));
  if (std::uniform_real_distribution<double>()(random_) < server_.failing) {
    end = now_;
    flight.outcome = {.end = 8, .message = "full"};
  } else if (end > server_.dies) {
    end = std::max(now_, server_.dies) + kMicrosecond;
    flight.outcome = {.end = kUnavailable, .message = "connection refused"};
  } else if (!busy_.empty()) {
    busy_.erase(busy_.begin());
    busy_.emplace(end, 0);
  }
  in_flight_.emplace(end, flight);
  most_in_flight_ = std::max(most_in_flight_, static_cast<int>(in_flight_.size()));
}

// Lets the next thing happen; false if there is none before the limit.
bool SimulatedDriver::Step(Nanos limit) {
  Nanos due = kNever;
  for (const Generator& generator : generators_) {
    if (generator.NextDue() != kNever) due = std::min(due, std::max(now_, generator.NextDue() + lateness_));
  }
  const Nanos end = in_flight_.empty() ? kNever : in_flight_.begin()->first;
  if (std::min(due, end) >= limit) return false;
  now_ = std::max(now_, std::min(due, end));
  if (end <= due) {
    const InFlight flight = in_flight_.begin()->second;
    in_flight_.erase(in_flight_.begin());
    generators_[flight.share].End(flight.call, now_, flight.outcome);
    return true;
  }
  for (size_t i = 0; i < generators_.size(); ++i) {
    while (generators_[i].NextDue() <= now_ - lateness_) Send(i, *generators_[i].Begin(now_));
  }
  return true;
}

bool SimulatedDriver::RunUntil(Nanos time) {
  const Nanos until = std::min(time, std::max(now_, interrupt_at_));
  while (Step(until)) {
  }
  now_ = until;
  return until == time;
}

Sample SimulatedDriver::Take() {
  Sample sample;
  for (Generator& generator : generators_) sample.Add(generator.Take());
  return sample;
}

int64_t SimulatedDriver::End() {
  int64_t unsent = 0;
  for (Generator& generator : generators_) unsent += generator.Stop(now_);
  while (Step(kNever)) {
  }
  return unsent;
}

}  // namespace actserve::load
