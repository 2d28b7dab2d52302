// A server, and the way to it, in a time of their own: what happens is exact, whatever the machine is at.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "client/load/engine/driver.h"

namespace actserve::load {

struct SimulatedServer {
  // How long a call takes by itself.
  std::function<Nanos(std::mt19937_64&)> latency = [](std::mt19937_64&) { return kMillisecond; };
  int workers = 0;                              // calls at a time, others wait in a queue; 0: any number
  std::vector<std::pair<Nanos, Nanos>> stalls;  // [begin, end) in which nothing goes on
  Nanos dies = kNever;                          // calls then fail at once, and so do those in progress
  double failing = 0;                           // the share of calls that is refused at once
};

class SimulatedDriver final : public Driver {
 public:
  explicit SimulatedDriver(SimulatedServer server, int shares = 1) : server_(std::move(server)), shares_(shares) {}

  // Calls begin so much later than they are due: what an overloaded machine does to actload.
  void set_lateness(Nanos lateness) { lateness_ = lateness; }
  void set_effort(Effort effort) { effort_ = effort; }
  void InterruptAt(Nanos time) { interrupt_at_ = time; }
  int most_in_flight() const { return most_in_flight_; }

  Nanos Now() const override { return now_; }
  void Begin(const Offer& offer) override;
  void Measure() override;
  bool RunUntil(Nanos time) override;
  Sample Take() override;
  int64_t End() override;
  Effort effort() const override { return effort_; }

 private:
  struct InFlight {
    size_t share;
    Call call;
    Outcome outcome;
  };

  void Send(size_t share, const Call& call);
  Nanos EndOf(Nanos begin, Nanos work) const;
  bool Step(Nanos limit);

  const SimulatedServer server_;
  const int shares_;
  Nanos now_ = 0, lateness_ = 0, interrupt_at_ = kNever;
  Effort effort_;
  std::mt19937_64 random_{1};
  std::vector<Generator> generators_;
  std::multimap<Nanos, InFlight> in_flight_;  // by their ends
  std::multimap<Nanos, int> busy_;            // workers, by when they are free
  int most_in_flight_ = 0;
};

}  // namespace actserve::load
