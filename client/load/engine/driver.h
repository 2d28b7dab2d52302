// What makes the calls that generators ask for: threads and gRPC, or a simulation of both in a time of its own.
#pragma once

#include "client/load/engine/generator.h"

namespace actserve::load {

// Seconds since some moment.
struct Effort {
  double process = 0;  // CPU time of all threads
  // Of the threads that send and receive, the most:
  double busiest_thread = 0;  // CPU time
  double waited = 0;          // ready to run, and without a core
};

class Driver {
 public:
  virtual ~Driver() = default;

  virtual Nanos Now() const = 0;
  // Starts a load, with nothing measured.
  virtual void Begin(const Offer& offer) = 0;
  // Has calls be measured from now on.
  virtual void Measure() = 0;
  // Lets time pass; false if somebody interrupted it.
  virtual bool RunUntil(Nanos time) = 0;
  // What was counted since the last time.
  virtual Sample Take() = 0;
  // Ends the load and awaits the calls in flight. How many were to begin in the time measured, and did not.
  virtual int64_t End() = 0;
  // Since Measure.
  virtual Effort effort() const = 0;
};

}  // namespace actserve::load
