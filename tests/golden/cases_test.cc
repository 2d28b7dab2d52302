#include "tests/golden/cases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/golden/compute.h"

namespace actserve::golden {
namespace {

TEST(Cases, HaveNamesOfTheirOwnInFourWords) {
  std::set<std::string> names;
  for (const Case& c : CasesOf(Functions())) {
    EXPECT_TRUE(names.insert(c.name()).second) << c.name() << " is there twice";
    EXPECT_EQ(std::ranges::count(c.name(), ' '), 3) << c.name();
  }
}

TEST(Cases, AreThereForEveryFunctionDirectionAndType) {
  for (const Function& function : Functions()) {
    const std::vector<Case> cases = CasesOf(function);
    const bool learns = std::ranges::any_of(function.info.params, [](const ParamInfo& p) { return p.learnable; });
    for (const What what : {What::kEvaluate, What::kGradient, What::kParameters}) {
      for (const DataType type : kWideTypes) {
        const bool found = std::ranges::any_of(
            cases, [&](const Case& c) { return c.what == what && c.input_type == type && c.output_type == type; });
        EXPECT_EQ(found, what != What::kParameters || learns) << function.info.name << " " << Name(type);
      }
    }
  }
}

TEST(Cases, ComputeAGradientForEveryLearnableParameter) {
  for (const Case& c : CasesOf(Functions())) {
    if (c.what != What::kParameters || c.input_type != DataType::kF32) continue;
    const auto learnable =
        std::ranges::count_if(c.function->info.params, [](const ParamInfo& p) { return p.learnable; });
    EXPECT_EQ(Compute(CpuBackend(), c, ProblemsOf(c).back()).size(), static_cast<size_t>(learnable)) << c.name();
  }
}

TEST(Cases, DifferInAtLeastOneBit) {
  const Function* silu = FindFunction("silu");
  ASSERT_NE(silu, nullptr);
  std::set<std::string> digests;
  for (Case& c : CasesOf(*silu)) {
    if (c.what == What::kEvaluate && c.input_type == c.output_type) {
      EXPECT_TRUE(digests.insert(DigestOf(CpuBackend(), c)).second) << c.name();
      EXPECT_TRUE(digests.contains(DigestOf(CpuBackend(), c))) << c.name() << ": another digest the second time";
    }
  }
}

}  // namespace
}  // namespace actserve::golden
