// A message's bytes where the transport put them. Nothing is copied.
#pragma once

#include <google/protobuf/io/zero_copy_stream.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/api/input_view.h"

namespace actserve {

// Shares the slices of what arrived, and keeps them alive.
class Message {
 public:
  Message() = default;
  explicit Message(const grpc::ByteBuffer& buffer);
  Message(Message&&) = default;
  Message& operator=(Message&&) = default;

  std::span<const Chunk> chunks() const { return chunks_; }

 private:
  // Goes last, and with it the bytes: when they go with a slice instead, on a thread that is not gRPC's while its
  // memory is short, gRPC 1.51 crashes.
  grpc::ByteBuffer buffer_;
  std::vector<grpc::Slice> slices_;
  std::vector<Chunk> chunks_;  // those of the slices that are not empty
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
