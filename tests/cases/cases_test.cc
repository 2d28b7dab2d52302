// The case files hold what the kernels compute and the oracle confirms, of every function.
#include "tests/kernels/cases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "kernels/api/registry.h"
#include "tests/cases/generator/files.h"
#include "tests/cases/generator/plan.h"
#include "tests/cases/generator/verify.h"

namespace actserve::cases {
namespace {

const std::map<std::string, std::string>& Texts() {
  static const auto texts = ReadTexts("tests/cases");
  EXPECT_TRUE(texts.ok()) << texts.status();
  return *texts;
}

TEST(Cases, AreUpToDate) {
  const auto files = MakeFiles();  // fails where the oracle disagrees
  ASSERT_TRUE(files.ok()) << files.status();
  for (const auto& [name, file] : *files) {
    const auto text = Texts().find(name);
    // As with tests/golden, a new function's file may come later.
    if (text == Texts().end()) continue;
    EXPECT_EQ(text->second, ToText(file)) << name << ".json: ./dev cases --write";
  }
  for (const auto& [name, text] : Texts()) EXPECT_TRUE(files->contains(name)) << name << ".json is of no function";
}

TEST(Cases, AreThereForEveryFunction) {
  std::string missing;
  for (const Function& function : Functions()) {
    const std::string name(function.info.name);
    if (!Texts().contains(name)) missing += " " + name;
  }
  if (!missing.empty()) GTEST_SKIP() << "./dev cases --write adds the files that are missing:" << missing;
}

TEST(Cases, ReadAsTheyWereWritten) {
  for (const auto& [name, text] : Texts()) {
    const auto file = FromText(text);
    ASSERT_TRUE(file.ok()) << name << ": " << file.status();
    EXPECT_EQ(ToText(*file), text) << name;
    std::set<std::string> names;
    for (const Case& c : file->cases())
      EXPECT_TRUE(names.insert(c.name()).second) << name << ": " << c.name() << " twice";
  }
  EXPECT_FALSE(FromText("{\"cases\":[{\"nmae\":1}]}").ok());
}

TEST(Cases, CoverEveryTypeInBothDirectionsWithParameters) {
  for (const Function& function : Functions()) {
    std::set<std::pair<Direction, DataType>> plain, learned;
    for (const Planned& planned : PlanOf(function)) {
      const testing::Problem& problem = planned.problem;
      plain.emplace(problem.direction, problem.input.type());
      if (!AnswerTo(planned).param_gradients.empty()) learned.emplace(problem.direction, problem.input.type());
    }
    const size_t types = std::size(kDataTypes);
    EXPECT_EQ(plain.size(), 2 * types) << function.info.name;
    const bool learns = std::ranges::any_of(function.info.params, [](const ParamInfo& p) { return p.learnable; });
    EXPECT_EQ(learned.size(), learns ? types : 0u) << function.info.name;
  }
}

// The verification would notice a single wrong bit, if it is one that counts.
TEST(Verify, TellsAWrongResult) {
  for (const Function& function : Functions()) {
    for (const Planned& planned : PlanOf(function)) {
      const testing::Answer answer = AnswerTo(planned);
      if (answer.output.elements() == 0) continue;
      testing::Answer wrong = answer;
      const uint64_t largest_of_the_exponent = uint64_t{1} << (8 * SizeOf(answer.output.type()) - 2);
      wrong.output.SetBits(0, answer.output.bits(0) ^ largest_of_the_exponent);
      EXPECT_NE(Verify(planned.problem, wrong), "") << function.info.name << " " << planned.name;
      for (size_t k = 0; k < answer.param_gradients.size(); ++k) {
        wrong = answer;
        const double right = answer.param_gradients[k][0];
        wrong.param_gradients[k].Set(0, std::isfinite(right) ? right * 1.125 + 1e-3 : 1);
        EXPECT_NE(Verify(planned.problem, wrong), "") << function.info.name << " " << planned.name;
      }
    }
  }
}

}  // namespace
}  // namespace actserve::cases
