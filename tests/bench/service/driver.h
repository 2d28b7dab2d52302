// The client that loads a server: a closed loop.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/measure/histogram.h"

namespace actserve::bench::service {

using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

struct Load {
  std::string method;  // "/actserve.v1.ActivationService/Evaluate"
  bool is_stream = false;
  grpc::ByteBuffer message;
  int in_flight = 1;
  // Lengths that answers may have: the time of computing in them takes more or fewer bytes.
  size_t least_answer = 0, most_answer = 0;
};

struct Turn {
  int64_t calls = 0;
  double seconds = 0;            // from the start of the first call to the end of the last one
  measure::Histogram latencies;  // in nanoseconds
};

// Keeps load.in_flight calls in flight, or messages of streams (one stream a channel), spread over the channels, until
// `least` has passed and `least_calls` have begun; then awaits those in flight. On this thread, with a completion
// queue: callbacks drove no more calls. A call's error, or UNKNOWN for an answer of another length.
absl::StatusOr<Turn> Drive(const Load& load, const Channels& channels, absl::Duration least, int64_t least_calls);

// Makes a single call, or a stream of a single message; its answer.
absl::StatusOr<grpc::ByteBuffer> CallOnce(const Load& load, const std::shared_ptr<grpc::Channel>& channel);

}  // namespace actserve::bench::service
