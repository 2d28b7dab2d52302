// Other libraries, whose results are measured beside the kernels' where they are installed.
#pragma once

#include <span>
#include <string>

#include "tests/accuracy/curve.h"

namespace actserve::accuracy {

struct Peer {
  std::string name;
  std::string version;
  // Null where the library lacks the function. Asked for f32 only; each Compute is used by one thread.
  Compute (*open)(const Subject& subject);
};

// Those that this program was built with.
std::span<const Peer> Peers();

}  // namespace actserve::accuracy
