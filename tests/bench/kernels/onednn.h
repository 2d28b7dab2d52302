// oneDNN, the peer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/bench/kernels/workload.h"

namespace actserve::bench {

// Takes one thread and, of the instruction sets, none better than AVX2 if so asked. Before anything else of oneDNN.
void SetUpPeer(bool avx2_only);

// "oneDNN 2.6.3"
std::string PeerName();

// A run of the peer's primitive for a workload, or null if it has none. Making the primitive is not part of the run,
// and arguments are bound once; where a gradient of the peer's takes the result instead of the input (softmax), it was
// computed before.
std::function<void()> PeerRun(const Workload& workload, std::shared_ptr<Operands> operands);

}  // namespace actserve::bench
