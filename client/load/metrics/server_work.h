// What a server's own metrics say of some time.
#pragma once

#include "client/load/metrics/page.h"

namespace actserve::load {

// Between two scrapes. Times are means of a request, in seconds, and are the server's: they include what others sent.
struct ServerWork {
  double requests = 0;  // answered: calls, and requests of streams
  double rejected = 0;  // refused or given up
  double request = 0;   // from its arrival to its answer
  double queue = 0;     // waiting for a thread
  double kernel = 0;    // of all threads that computed it
  double cpu = 0;       // CPU time of its process, in all
  double threads = 0;   // that compute

  // Decoding, laying out, handing over: what is neither queue nor kernel. Not below 0, where several threads compute.
  double rest() const { return request > queue + kernel ? request - queue - kernel : 0; }
};

ServerWork WorkBetween(const Page& before, const Page& after);

}  // namespace actserve::load
