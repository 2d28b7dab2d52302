// Memory that responses are made in: page-aligned, and used again while it is warm.
#pragma once

#include <grpcpp/support/slice.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace actserve {

// Safe from any thread. Slices may outlive the pool.
class BufferPool {
 public:
  // Buffers that nobody has asked for in `idle` go back to the system; with the last of them, what malloc keeps.
  explicit BufferPool(std::chrono::milliseconds idle = std::chrono::seconds(1));
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // A slice of so many bytes that begins `offset` < one page after a page does; small ones anywhere. Its bytes may be
  // written until it is sent. The memory comes back when the last share of the slice goes.
  grpc::Slice Allocate(size_t bytes, size_t offset);

  // Bytes that lie ready for use.
  size_t idle_bytes() const;

 private:
  struct Shared;
  const std::shared_ptr<Shared> shared_;
  std::thread trimmer_;
};

}  // namespace actserve
