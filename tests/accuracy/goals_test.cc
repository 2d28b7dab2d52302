// What ./dev accuracy measures, in seconds: the worst inputs that it ever found, every exponent's boundary, and a
// sample are within the bounds that the references declare.
#include <gtest/gtest.h>

#include "tests/accuracy/corpus.h"
#include "tests/accuracy/sample.h"
#include "tests/accuracy/special.h"
#include "tests/accuracy/sweep.h"
#include "tests/kernels/cases.h"

namespace actserve::accuracy {
namespace {

// All of them where functions are neither flat nor straight, some of the others.
bool IsTaken(DataType type, int field) {
  const int exponent = field + oracle::FormatOf(type).min_exponent - 1;
  return field <= 1 || (exponent >= -8 && exponent <= 7) || field % 16 == 0;
}

Tally MeasureSome(const Subject& subject) {
  if (subject.type == DataType::kF64) {
    Sample sample(CurveOf(subject), KernelsOf(subject), 7);
    sample.Run(30'000, 0, 1);
    return sample.tally();
  }
  Sweep sweep(CurveOf(subject), {KernelsOf(subject)}, {.log2_largest = 23, .stride = 256});
  for (int field = 0; field < ExponentFields(subject.type); ++field) {
    if (!IsTaken(subject.type, field)) continue;
    sweep.Run(Binade(subject.type, false, field));
    sweep.Run(Binade(subject.type, true, field));
  }
  return sweep.tallies()[0];
}

class GoalsTest : public ::testing::TestWithParam<testing::Case> {
 protected:
  static const Corpus& corpus() {
    static const absl::StatusOr<Corpus> loaded = Corpus::Load(ACTSERVE_WORST_INPUTS);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    static const Corpus none;
    return loaded.ok() ? *loaded : none;
  }
};

TEST_P(GoalsTest, AreMet) {
  const auto& [name, function, direction, type, output_type] = GetParam();
  Subject subject{function, direction, type, 0};
  const auto expect_met = [&](const Tally& tally, const char* what) {
    EXPECT_LE(tally.max_ulp, GoalOf(subject)) << what << ", setting " << subject.setting << ": at " << tally.worst;
    EXPECT_EQ(tally.wrong, 0) << what << ", setting " << subject.setting << ": at " << tally.wrong_at;
  };
  expect_met(MeasureSome(subject), "a sample");
  expect_met(MeasureCodes(CurveOf(subject), KernelsOf(subject), BoundaryCodes(type)), "a boundary");
  for (; subject.setting < subject.reference().settings.size(); ++subject.setting) {
    const std::vector<uint64_t> codes = corpus().Codes(subject);
    expect_met(MeasureCodes(CurveOf(subject), KernelsOf(subject), codes), "an input of the corpus");
  }
}

INSTANTIATE_TEST_SUITE_P(Accuracy, GoalsTest,
                         ::testing::ValuesIn(testing::CasesByDirectionAndType(testing::IsPointwise)), testing::NameOf);

}  // namespace
}  // namespace actserve::accuracy
