#include "server/wire/buffer_pool.h"

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <map>
#include <new>
#include <utility>
#include <vector>

namespace actserve {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kPage = 4096;
constexpr size_t kLargePage = size_t{2} << 20;
constexpr size_t kSmall = size_t{16} << 10;  // from here on memory is pooled

// A few sizes, so that buffers are used again by messages that are not quite alike: four to each power of two.
size_t Rounded(size_t bytes) {
  const size_t step = std::max(kPage, std::bit_floor(bytes) / 4);
  return (bytes + step - 1) / step * step;
}

std::byte* Map(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  if (bytes >= kLargePage) madvise(memory, bytes, MADV_HUGEPAGE);  // fewer faults, if the system has them
  return static_cast<std::byte*>(memory);
}

}  // namespace

struct BufferPool::Shared {
  // In use, or idle since `since`.
  struct Buffer {
    std::shared_ptr<Shared> pool;  // while in use
    std::byte* data;
    size_t capacity;
    Clock::time_point since;
  };

  ~Shared() { Trim(Clock::time_point::max()); }

  Buffer* Take(size_t capacity) {
    std::lock_guard lock(mutex);
    ++in_use;
    if (resting) {
      resting = false;
      wake.notify_one();
    }
    const auto found = idle.find(capacity);
    if (found == idle.end()) return nullptr;
    Buffer* const buffer = found->second.back();  // the one used last, which is the warmest
    found->second.pop_back();
    if (found->second.empty()) idle.erase(found);
    bytes -= capacity;
    return buffer;
  }

  void Give(Buffer* buffer) {
    std::lock_guard lock(mutex);
    buffer->since = Clock::now();
    idle[buffer->capacity].push_back(buffer);
    bytes += buffer->capacity;
    --in_use;
  }

  // Frees what has been idle since before `then`. False if there was no such thing.
  bool Trim(Clock::time_point then) {
    std::vector<Buffer*> old;
    {
      std::lock_guard lock(mutex);
      for (auto at = idle.begin(); at != idle.end();) {
        auto& [capacity, buffers] = *at;
        const auto end = std::find_if(buffers.begin(), buffers.end(), [&](Buffer* b) { return b->since >= then; });
        old.insert(old.end(), buffers.begin(), end);
        bytes -= capacity * (end - buffers.begin());
        buffers.erase(buffers.begin(), end);
        at = buffers.empty() ? idle.erase(at) : std::next(at);
      }
    }
    for (Buffer* buffer : old) {
      munmap(buffer->data, buffer->capacity);
      delete buffer;
    }
    return !old.empty();
  }

  // Under the lock.
  bool unused() const { return bytes == 0 && in_use == 0; }

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable wake;
  std::map<size_t, std::vector<Buffer*>> idle;  // by capacity, in the order of their times
  size_t bytes = 0;                             // of them all
  int64_t in_use = 0;                           // buffers
  bool resting = false;                         // the trimmer waits for a buffer to be used
  bool closed = false;                          // the pool is gone: nothing is kept any more
};

BufferPool::BufferPool(std::chrono::milliseconds idle) : shared_(std::make_shared<Shared>()) {
  trimmer_ = std::thread([shared = shared_.get(), idle] {
    std::unique_lock lock(shared->mutex);
    bool trimmed = true;  // malloc's memory, since a buffer was last used
    while (!shared->closed) {
      // Looks around from time to time as long as anything is used or kept: to wake it for each buffer would cost as
      // much as a small call.
      if (shared->unused() && trimmed) {
        shared->resting = true;
        shared->wake.wait(lock, [&] { return !shared->resting || shared->closed; });
        continue;
      }
      const bool was_unused = shared->unused();
      shared->wake.wait_for(lock, idle / 2, [&] { return shared->closed; });
      lock.unlock();
      shared->Trim(Clock::now() - idle);
      lock.lock();
      // The same for what the transport received into; and once more, since it lets go of that after the last answer.
      if (shared->unused()) malloc_trim(0);
      trimmed = was_unused && shared->unused();
    }
  });
}

BufferPool::~BufferPool() {
  {
    std::lock_guard lock(shared_->mutex);
    shared_->closed = true;
  }
  shared_->wake.notify_one();
  trimmer_.join();
}

grpc::Slice BufferPool::Allocate(size_t bytes, size_t offset) {
  if (bytes < kSmall) return grpc::Slice(bytes);
  const size_t capacity = Rounded(offset + bytes);
  Shared::Buffer* buffer = shared_->Take(capacity);
  if (buffer == nullptr) buffer = new Shared::Buffer{nullptr, Map(capacity), capacity, {}};
  buffer->pool = shared_;
  const auto give = [](void* data) {
    auto* const buffer = static_cast<Shared::Buffer*>(data);
    const std::shared_ptr<Shared> pool = std::move(buffer->pool);
    pool->Give(buffer);
  };
  return grpc::Slice(buffer->data + offset, bytes, give, buffer);
}

size_t BufferPool::idle_bytes() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->bytes;
}

}  // namespace actserve
