// The ceiling: a plain gRPC server that answers with bytes it received.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/service/transport.h"

namespace actserve::bench::service {

// Serves until SIGTERM or SIGINT; returns the process's exit code. It has actserve's methods: Evaluate and
// EvaluateStream answer with the request itself, Gradient with its second half, as of two tensors one comes back. The
// answer's slices are the request's: no byte is copied or looked at. With
// callbacks it has Evaluate only. Prints actserve's log lines for its addresses.
int RunEcho(const Transport& transport, const std::vector<std::string>& addresses);

}  // namespace actserve::bench::service
