// A tensor to read that need not lie together in memory: as a transport delivers it, in chunks that know nothing of
// elements and rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/api/quantization.h"
#include "kernels/api/tensor_view.h"

namespace actserve {

// Bytes [begin, end) of something longer. Never empty.
struct Chunk {
  const std::byte* data = nullptr;
  int64_t begin = 0, end = 0;
};

// Where bytes [begin, end) lie, of chunks that follow each other from 0 without a gap and have them; null if that is in
// more than one of them. None lie nowhere.
const std::byte* Locate(std::span<const Chunk> chunks, int64_t begin, int64_t end);
void CopyBytes(std::span<const Chunk> chunks, int64_t begin, int64_t end, std::byte* to);

// Dense and row-major, as TensorView; the addresses need not be aligned. Owns nothing.
class InputView {
 public:
  InputView() = default;
  InputView(const TensorView& tensor)  // NOLINT(google-explicit-constructor): a tensor in one piece is the usual case
      : type(tensor.type), shape(tensor.shape), data_(tensor.data) {}
  // The tensor's first byte is byte `offset` of what the chunks hold.
  InputView(DataType type, const Shape& shape, std::span<const Chunk> chunks, int64_t offset);

  DataType type = DataType::kF32;
  Shape shape;
  Quantization quantization;  // of i8 and u8

  int64_t elements() const { return shape.elements(); }
  size_t bytes() const { return static_cast<size_t>(shape.elements()) * SizeOf(type); }

  // Where all of it lies, or null if that is more than one place.
  const std::byte* data() const { return data_; }

  // Elements that lie together.
  struct Run {
    const std::byte* data;
    int64_t count;
  };
  // The elements from `first` on, at least one and at most `most` > 0. One that lies across two chunks comes alone, and
  // put together in `scratch`, which has room for it.
  Run At(int64_t first, int64_t most, std::byte* scratch) const {
    const auto size = static_cast<int64_t>(SizeOf(type));
    if (data_ != nullptr) return {data_ + first * size, most};
    return AtChunk(first, most, scratch);
  }

  // Calls body(run, how many elements came before it) for all of [first, first + count).
  template <class Body>
  void ForEachRun(int64_t first, int64_t count, Body body) const {
    alignas(8) std::byte scratch[8];
    for (int64_t done = 0; done < count;) {
      const Run run = At(first + done, count - done, scratch);
      body(run, done);
      done += run.count;
    }
  }

  void Copy(int64_t first, int64_t count, std::byte* to) const;

 private:
  Run AtChunk(int64_t first, int64_t most, std::byte* scratch) const;

  const std::byte* data_ = nullptr;
  std::span<const Chunk> chunks_;
  int64_t offset_ = 0;
};

}  // namespace actserve
