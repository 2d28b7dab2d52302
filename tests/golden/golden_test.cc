// Every case on every instruction set of this machine, against the golden file. A case without a line is no failure, so
// that adding a function touches no file here: all instruction sets must then agree with the best one.
#include <gtest/gtest.h>

#include "absl/strings/str_join.h"
#include "tests/golden/compute.h"
#include "tests/golden/digest_file.h"

namespace actserve::golden {
namespace {

Digests Recorded() {
  const absl::StatusOr<Digests> digests = ReadDigests("tests/golden/digests.txt");
  EXPECT_TRUE(digests.ok()) << digests.status();
  return digests.ok() ? *digests : Digests();
}

std::vector<Case> WithoutALine(std::vector<Case> cases, const Digests& recorded) {
  std::erase_if(cases, [&](const Case& c) { return recorded.contains(c.name()); });
  return cases;
}

struct Part {
  std::string target;
  const Function* function;
};
void PrintTo(const Part& part, std::ostream* out) { *out << part.target << "_" << part.function->info.name; }

std::vector<Part> Parts() {
  std::vector<Part> parts;
  for (const std::string& target : CpuTargets()) {
    for (const Function& function : Functions()) parts.push_back({target, &function});
  }
  return parts;
}

class GoldenTest : public ::testing::TestWithParam<Part> {};

TEST_P(GoldenTest, GivesTheRecordedBits) {
  const std::string& target = GetParam().target;
  const std::vector<Case> cases = CasesOf(*GetParam().function);
  Digests expected = Recorded();
  const Digests best = DigestsOf(CpuBackend(), WithoutALine(cases, expected));
  expected.insert(best.begin(), best.end());
  ASSERT_TRUE(ForceCpuTarget(target).ok());
  const Digests computed = DigestsOf(CpuBackend(), cases);
  ASSERT_TRUE(ForceCpuTarget(CpuTargets().front()).ok());
  EXPECT_EQ(computed.size(), cases.size());
  for (const std::string& difference : DifferencesOf(computed, expected)) {
    ADD_FAILURE() << "differs on " << target << ": " << difference;
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, GoldenTest, ::testing::ValuesIn(Parts()),
                         [](const auto& info) { return ::testing::PrintToString(info.param); });

TEST(GoldenFile, HasALineForEveryCase) {
  std::vector<std::string> missing;
  for (const Case& c : WithoutALine(CasesOf(Functions()), Recorded())) missing.push_back(c.name());
  if (!missing.empty()) {
    GTEST_SKIP() << "./dev golden --write adds what tests/golden/digests.txt lacks:\n" << absl::StrJoin(missing, "\n");
  }
}

}  // namespace
}  // namespace actserve::golden
