// A message's bytes where the transport put them. Nothing is copied.
#pragma once

#include <google/protobuf/io/zero_copy_stream.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "kernels/api/input_view.h"

namespace actserve {

// Takes what arrived over, and keeps its slices alive. What is short lies within the object, so that it stays where it
// is.
class Message {
 public:
  Message() = default;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  // Once; leaves `buffer` empty.
  void Take(grpc::ByteBuffer& buffer);

  std::span<const Chunk> chunks() const { return chunks_; }

 private:
  // Goes last, and with it the bytes: when they go with a slice instead, on a thread that is not gRPC's while its
  // memory is short, gRPC 1.51 crashes.
  grpc::ByteBuffer buffer_;
  grpc::Slice single_;                    // of a message that is in one
  std::vector<grpc::Slice> slices_;       // of others
  absl::InlinedVector<Chunk, 1> chunks_;  // those of the slices that are not empty
};

// How protobuf reads chunks.
class ChunkStream final : public google::protobuf::io::ZeroCopyInputStream {
 public:
  explicit ChunkStream(std::span<const Chunk> chunks) : chunks_(chunks) {}

  bool Next(const void** data, int* size) override;
  void BackUp(int count) override { position_ -= count; }
  bool Skip(int count) override;
  int64_t ByteCount() const override { return position_; }

 private:
  std::span<const Chunk> chunks_;
  size_t chunk_ = 0;  // the one that position_ is in, or any before it
  int64_t position_ = 0;
};

}  // namespace actserve
