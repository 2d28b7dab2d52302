// Decides which calls begin when, and counts what becomes of them.
#pragma once

#include <optional>
#include <random>
#include <vector>

#include "client/load/engine/arrivals.h"
#include "client/load/engine/sample.h"

namespace actserve::load {

// The load of one step: an open loop if it has a rate, else a closed one.
struct Offer {
  double rate = 0;      // calls a second, that begin whether or not others have ended
  int concurrency = 0;  // calls in progress, each followed by the next
  ArrivalProcess arrivals = ArrivalProcess::kPoisson;
  int max_in_flight = 256;  // of an open loop: calls beyond it begin late, and their latency says so

  bool is_open() const { return rate > 0; }
};

// How calls are chosen among the kinds of a mix.
struct Mix {
  std::vector<double> weights = {1};
  uint64_t seed = 1;
};

struct Call {
  int kind = 0;
  uint32_t dice = 0;   // random: for choices that are nobody's business here
  Nanos intended = 0;  // when it was to begin
  Nanos begun = 0;
};

// A share of an offer. Knows no clock, thread or network: it is told the time, which never runs backwards. Not safe
// from several threads.
class Generator {
 public:
  Generator(const Offer& offer, Share share, const Mix& mix, Nanos start);

  // When Begin will have a call, if nothing ends before; kNever if something has to.
  Nanos NextDue() const;
  // A call that is to begin now, if one is.
  std::optional<Call> Begin(Nanos now);
  void End(const Call& call, Nanos now, const Outcome& outcome);

  // Calls that are to begin from now on are measured.
  void MeasureFrom(Nanos now) { measured_from_ = now; }
  // Nothing begins any more. The calls that were to, by now, and did not.
  int64_t Stop(Nanos now);

  int in_flight() const { return in_flight_; }
  // What was counted since the last time.
  Sample Take();

 private:
  int Choose();
  Sample Empty() const;

  const int most_;  // in flight
  const std::vector<double> cumulative_;
  std::mt19937_64 random_;
  std::optional<Arrivals> arrivals_;
  Nanos free_since_ = 0;  // the last time that fewer came to be in flight than may be
  Nanos resume_at_;       // closed loop: after a pause
  Nanos measured_from_ = kNever;
  int in_flight_ = 0;
  bool stopped_ = false;
  Sample sample_;
};

}  // namespace actserve::load
