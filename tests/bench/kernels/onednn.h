// oneDNN, the peer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/bench/kernels/workload.h"

namespace actserve::bench {

// Takes one thread and, of the instruction sets, none better than AVX2 if so asked. Before anything else of oneDNN.
void SetUpPeer(bool avx2_only);

// "oneDNN 2.6.3"
std::string PeerName();

// Runs of the peer for a workload, by name; none if it has no such function. Making its primitives is not part of a
// run, and arguments are bound once. kPeer takes what ours takes: its gradient of softmax, which wants the result
// instead of the input, computes that first. kPeerFromResult, of such gradients only, was given it before.
std::vector<std::pair<std::string_view, std::function<void()>>> PeerRuns(const Workload& workload,
                                                                         std::shared_ptr<Operands> operands);

}  // namespace actserve::bench
