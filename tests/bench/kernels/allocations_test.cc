#include "tests/bench/kernels/allocations.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace actserve::bench {
namespace {

// Out of the optimiser's sight, which may leave out an allocation that nobody looks at.
void* volatile sink;

void Free(void* memory) {
  sink = memory;
  std::free(memory);
}

template <class Allocate>
uint64_t Counted(Allocate allocate) {
  const uint64_t before = Allocations();
  allocate();
  return Allocations() - before;
}

TEST(Allocations, CountsOperatorNew) {
  EXPECT_EQ(Counted([] {
              std::vector<int> v(100), w(100);
              sink = v.data();
              sink = w.data();
            }),
            2);
  EXPECT_EQ(Counted([] {
              struct alignas(64) Line {
                char bytes[64];
              };
              Line* line = new Line;
              sink = line;
              delete line;
            }),
            1);
}

TEST(Allocations, CountsMallocAndItsKin) {
  EXPECT_EQ(Counted([] { Free(std::malloc(10)); }), 1);
  EXPECT_EQ(Counted([] { Free(std::calloc(10, 10)); }), 1);
  EXPECT_EQ(Counted([] { Free(std::aligned_alloc(64, 64)); }), 1);
  EXPECT_EQ(Counted([] { Free(std::realloc(std::malloc(10), 1000)); }), 2);
  EXPECT_EQ(Counted([] {
              void* memory = nullptr;
              ASSERT_EQ(posix_memalign(&memory, 64, 100), 0);
              Free(memory);
            }),
            1);
}

TEST(Allocations, CountsThoseOfSharedLibraries) {
  EXPECT_EQ(Counted([] { Free(strdup("copied by the C library")); }), 1);
}

TEST(Allocations, CountsNothingWhereThereIsNone) {
  int number = 1;
  EXPECT_EQ(Counted([&] { sink = &number; }), 0);
}

TEST(Allocations, AreThisThreadsOnly) {
  std::vector<uint64_t> counts(1);
  const uint64_t before = Allocations();
  std::thread thread([&] { counts[0] = Counted([] { Free(std::malloc(10)); }); });
  const uint64_t of_the_start = Allocations() - before;
  thread.join();
  EXPECT_EQ(counts[0], 1);
  EXPECT_EQ(Allocations() - before, of_the_start);
}

}  // namespace
}  // namespace actserve::bench
