// The golden file, by the kernels for GPUs on a CPU, for every way that rows can go.
#include <gtest/gtest.h>

#include "kernels/cuda/backend.h"
#include "tests/cuda/emulated.h"
#include "tests/cuda/fake_device.h"
#include "tests/golden/compute.h"
#include "tests/golden/digest_file.h"

namespace actserve::cuda {
namespace {

struct Part {
  const Function* function;
  const char* device;
  Limits limits;
  bool backwards = false;
};
void PrintTo(const Part& part, std::ostream* out) { *out << part.function->info.name << "_" << part.device; }

std::vector<Part> Parts() {
  std::vector<Part> parts;
  for (const Function& function : Functions()) {
    parts.push_back({&function, "large", {.multiprocessors = 132, .shared_bytes = 227 << 10}});
    // What threads do in one step must not depend on who is first.
    parts.push_back({&function, "backwards", {.multiprocessors = 132, .shared_bytes = 100 << 10}, /*backwards=*/true});
    if (function.info.kind != FunctionKind::kRowwise) continue;
    parts.push_back({&function, "small", {.multiprocessors = 3, .shared_bytes = 48 << 10}});
    // Too little for most rows: they are read in several passes.
    parts.push_back(
        {&function, "tiny", {.multiprocessors = 2, .shared_bytes = 1 << 10, .workspace_bytes = int64_t{64} << 10}});
  }
  return parts;
}

class CudaGoldenTest : public ::testing::TestWithParam<Part> {};

TEST_P(CudaGoldenTest, GivesTheRecordedBits) {
  const absl::StatusOr<golden::Digests> recorded = golden::ReadDigests("tests/golden/digests.txt");
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  FakeDevice device(GetParam().limits);
  const CudaBackend backend(device);
  const std::vector<golden::Case> cases = golden::CasesOf(*GetParam().function);
  golden::Digests expected = *recorded;
  std::vector<golden::Case> without_a_line = cases;
  std::erase_if(without_a_line, [&](const golden::Case& c) { return recorded->contains(c.name()); });
  const golden::Digests others = golden::DigestsOf(CpuBackend(), without_a_line);
  expected.insert(others.begin(), others.end());
  emulated::backwards = GetParam().backwards;
  const golden::Digests computed = golden::DigestsOf(backend, cases);
  emulated::backwards = false;
  EXPECT_EQ(computed.size(), cases.size());
  EXPECT_EQ(backend.failures(), 0) << backend.last_failure();
  EXPECT_GE(device.count(FakeDevice::Deed::kLaunch), static_cast<int64_t>(cases.size())) << "the CPU computed some";
  for (const std::string& difference : golden::DifferencesOf(computed, expected)) ADD_FAILURE() << difference;
}

INSTANTIATE_TEST_SUITE_P(Functions, CudaGoldenTest, ::testing::ValuesIn(Parts()),
                         [](const auto& info) { return ::testing::PrintToString(info.param); });

}  // namespace
}  // namespace actserve::cuda
