#include "kernels/api/input_view.h"

#include <algorithm>
#include <cstring>

namespace actserve {
namespace {

const Chunk* ChunkOf(std::span<const Chunk> chunks, int64_t byte) {
  return &*std::upper_bound(chunks.begin(), chunks.end(), byte,
                            [](int64_t at, const Chunk& chunk) { return at < chunk.end; });
}

}  // namespace

const std::byte* Locate(std::span<const Chunk> chunks, int64_t begin, int64_t end) {
  if (begin == end) return nullptr;
  const Chunk& first = *ChunkOf(chunks, begin);
  return end <= first.end ? first.data + (begin - first.begin) : nullptr;
}

void CopyBytes(std::span<const Chunk> chunks, int64_t begin, int64_t end, std::byte* to) {
  if (begin == end) return;
  for (const Chunk* chunk = ChunkOf(chunks, begin); begin < end; ++chunk) {
    const int64_t count = std::min(end, chunk->end) - begin;
    std::memcpy(to, chunk->data + (begin - chunk->begin), count);
    to += count;
    begin += count;
  }
}

InputView::InputView(DataType type, const Shape& shape, std::span<const Chunk> chunks, int64_t offset)
    : type(type),
      shape(shape),
      data_(Locate(chunks, offset, offset + static_cast<int64_t>(bytes()))),
      chunks_(chunks),
      offset_(offset) {}

InputView::Run InputView::AtChunk(int64_t first, int64_t most, std::byte* scratch) const {
  const auto size = static_cast<int64_t>(SizeOf(type));
  const int64_t begin = offset_ + first * size;
  const Chunk& chunk = *ChunkOf(chunks_, begin);
  if (const int64_t whole = (chunk.end - begin) / size; whole > 0) {
    return {chunk.data + (begin - chunk.begin), std::min(whole, most)};
  }
  CopyBytes(chunks_, begin, begin + size, scratch);
  return {scratch, 1};
}

void InputView::Copy(int64_t first, int64_t count, std::byte* to) const {
  const auto size = static_cast<int64_t>(SizeOf(type));
  if (data_ == nullptr) return CopyBytes(chunks_, offset_ + first * size, offset_ + (first + count) * size, to);
  std::memcpy(to, data_ + first * size, count * size);
}

}  // namespace actserve
