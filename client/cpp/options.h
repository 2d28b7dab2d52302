// What a client is told when it is made, and what a single call may say differently.
#pragma once

#include <cstddef>
#include <optional>

#include "absl/time/time.h"
#include "client/cpp/credentials.h"
#include "client/cpp/item.h"

namespace actserve::client {

// When a call that failed with UNAVAILABLE, RESOURCE_EXHAUSTED or UNKNOWN (which gRPC says of some connections that end
// under a call) is made again. gRPC does it, by its service config, and only as long as nothing of an answer has
// arrived; a stream or pipeline is never opened again. Functions of the same numbers have the same results, so that
// nothing can be done twice. Attempts end at the deadline, and when too many fail: after 50 failures that no successes,
// two for each, have made up for, nothing is made again until they do.
struct RetryOptions {
  int attempts = 4;  // at most, of one call: 1 (it is not made again) to 5, gRPC's own limit
  // Before the second attempt, 20 % more or less; then twice as long each time. A server that refuses because it is
  // full says how long to wait, and that is kept instead.
  absl::Duration first_wait = absl::Milliseconds(100);
  absl::Duration longest_wait = absl::Seconds(1);
};

struct ClientOptions {
  absl::Duration deadline = absl::InfiniteDuration();  // of each call, attempts and all; of a stream, from its opening
  // The largest message sent or taken; the server has a limit of its own.
  size_t max_message_bytes = size_t{1} << 30;
  Backend backend = Backend::kAuto;
  // Connections to each of the server's addresses, 1 to 64. A call goes over the one with the fewest calls in progress.
  int connections = 1;
  // With several connections, a batch goes over as many of them at once as there are so many bytes to it (of the
  // request or of the answer, whichever is larger), where its functions allow it: see Client::Evaluate.
  size_t stripe_bytes = size_t{4} << 20;
  // Whether outputs that came without their zeros are made dense. If not, a result has them in `sparse`, and an empty
  // tensor as its output; batches that ask for such outputs then go in one call.
  bool decode = true;
  RetryOptions retry = {};
  Credentials credentials = {};
};

// Of one call, or one stream.
struct CallOptions {
  std::optional<absl::Duration> deadline = {};  // the client's unless given
};

}  // namespace actserve::client
