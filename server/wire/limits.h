// What is checked of a message before it is decoded, when all it costs is to walk over its tags.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "absl/status/status.h"

namespace actserve {

// Parameters that one item may have on the wire: many more than a function has, few enough to bound what decoding
// allocates.
inline constexpr int kMaxWireParameters = 64;

// Counts the items of an EvaluateRequest or GradientRequest, and the parameters of each, whose decoded form is many
// times larger than an empty one's two bytes. INVALID_ARGUMENT (field "items") for no items or more than `max_items`,
// or where the bytes are no message at all.
absl::Status CheckCounts(const grpc::ByteBuffer& message, int max_items);

}  // namespace actserve
