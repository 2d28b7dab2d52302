#include "tests/bench/kernels/allocations.h"

#include <cerrno>
#include <cstddef>

// What glibc's functions are called behind the names that a program may define itself.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* old, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace actserve::bench {
namespace {

// Of a kind that is never itself allocated.
__attribute__((tls_model("initial-exec"))) constinit thread_local uint64_t count = 0;

}  // namespace

uint64_t Allocations() { return count; }

}  // namespace actserve::bench

extern "C" {

void* malloc(size_t bytes) {
  ++actserve::bench::count;
  return __libc_malloc(bytes);
}

void* calloc(size_t number, size_t bytes) {
  ++actserve::bench::count;
  return __libc_calloc(number, bytes);
}

void* realloc(void* old, size_t bytes) {
  ++actserve::bench::count;
  return __libc_realloc(old, bytes);
}

void* memalign(size_t alignment, size_t bytes) {
  ++actserve::bench::count;
  return __libc_memalign(alignment, bytes);
}

void* aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void** to, size_t alignment, size_t bytes) {
  void* memory = memalign(alignment, bytes);
  if (memory == nullptr) return ENOMEM;
  *to = memory;
  return 0;
}

}  // extern "C"
