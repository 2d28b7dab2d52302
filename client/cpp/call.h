// Calls of one message each way, several at once. For the library itself.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/cpp/channel_pool.h"
#include "grpcpp/support/byte_buffer.h"

namespace actserve::client {

// Makes a call of `method` (a full path) with each of the requests, over connections of its own as far as there are as
// many, and waits for all; the answers in the requests' order. The first failure ends the others, and is the result.
// RESOURCE_EXHAUSTED without a call for a request beyond max_message_bytes.
absl::StatusOr<std::vector<grpc::ByteBuffer>> CallAll(ChannelPool& pool, const ClientOptions& options,
                                                      absl::Time deadline, const char* method,
                                                      const std::vector<grpc::ByteBuffer>& requests);

}  // namespace actserve::client
