// gRPC's messages as Cords, and back: both are pieces of memory with a count of who shares them, and none is copied.
// For the library itself.
#pragma once

#include <cstddef>

#include "absl/strings/cord.h"
#include "grpcpp/support/byte_buffer.h"

namespace actserve::client {

// Fewer bytes than this are copied: that costs less than a piece of their own, and does not keep all of a message's
// memory for the sake of a few numbers.
inline constexpr size_t kFewBytes = 4096;

grpc::ByteBuffer ToBuffer(const absl::Cord& bytes);
absl::Cord FromBuffer(const grpc::ByteBuffer& buffer);

}  // namespace actserve::client
