#include "server/wire/message.h"

#include <algorithm>

namespace actserve {

void Message::Take(grpc::ByteBuffer& buffer) {
  buffer_.Swap(&buffer);
  std::span<const grpc::Slice> slices(&single_, 1);
  if (!buffer_.TrySingleSlice(&single_).ok()) {
    if (!buffer_.Dump(&slices_).ok()) return;
    slices = slices_;
  }
  chunks_.reserve(slices.size());
  int64_t begin = 0;
  for (const grpc::Slice& slice : slices) {
    if (slice.size() == 0) continue;
    const int64_t end = begin + static_cast<int64_t>(slice.size());
    chunks_.push_back({reinterpret_cast<const std::byte*>(slice.begin()), begin, end});
    begin = end;
  }
}

bool ChunkStream::Next(const void** data, int* size) {
  while (chunk_ < chunks_.size() && chunks_[chunk_].end <= position_) ++chunk_;
  if (chunk_ == chunks_.size()) return false;
  const Chunk& chunk = chunks_[chunk_];
  *data = chunk.data + (position_ - chunk.begin);
  *size = static_cast<int>(chunk.end - position_);
  position_ = chunk.end;
  return true;
}

bool ChunkStream::Skip(int count) {
  const int64_t end = chunks_.empty() ? 0 : chunks_.back().end;
  const bool enough = count <= end - position_;
  position_ = std::min(end, position_ + count);
  return enough;
}

}  // namespace actserve
