// Sends items of any size to the server, and brings the results back.
#pragma once

#include <cstddef>
#include <vector>

#include "client/cli/progress.h"
#include "client/cpp/client.h"

namespace actserve::client {

struct TransferOptions {
  ProgressMode progress = ProgressMode::kAuto;
  // Items travel together in calls of up to this size (request and response, whichever is larger), below gRPC's
  // customary limit of 4 MiB. A larger item goes in pieces, which are below the least limit that a server can have.
  size_t call_bytes = size_t{3} << 20;
  size_t piece_bytes = size_t{1000} << 10;
};

// Computes every item; one result for each, in order. An item larger than a call is streamed in pieces where its
// function allows it (PlanSplit) and no parameter gradient is asked for: those are sums over the whole tensor, whose
// bits must not depend on how it travelled. Else it goes in a call of its own, which the server may find too large.
// A call's failure is the result of each item in it.
Results<EvaluateResult> ComputeAll(const Client& client, std::vector<EvaluateItem> items,
                                   const TransferOptions& options);
Results<GradientResult> ComputeAll(const Client& client, std::vector<GradientItem> items,
                                   const TransferOptions& options);

}  // namespace actserve::client
