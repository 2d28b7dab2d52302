// A run that was stopped goes on and ends with the same report; tallies, the corpus and the state survive their files.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/accuracy/report.h"
#include "tests/accuracy/runner.h"

namespace actserve::accuracy {
namespace {

class StateTest : public ::testing::Test {
 protected:
  std::string path() const {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    return ::testing::TempDir() + "/accuracy_" + test->name() + ".state";
  }
  void SetUp() override { std::filesystem::remove(path()); }
  void TearDown() override { std::filesystem::remove(path()); }

  // Jobs with results that tell them apart; counts how many ran, and asks to stop after some.
  std::vector<Job> MakeJobs(int stop_after = 1000) {
    std::vector<Job> jobs;
    jobs.reserve(10);
    for (int i = 0; i < 10; ++i) {
      jobs.push_back(
          {{FindFunction("silu"), Direction::kEvaluate, DataType::kF32, 0}, std::to_string(i), 1.0, [=, this] {
             if (++ran_ >= stop_after) stop_ = true;
             Tally tally{.inputs = 100 + i, .correct = 90, .max_ulp = i / 8.0, .worst_code = uint64_t(i)};
             tally.worst = "x";
             return Tallies{{std::string(kKernels), tally}, {"other", tally}};
           }});
    }
    return jobs;
  }

  absl::Status Run(const std::vector<Job>& jobs, const std::string& heading, std::string* report) {
    stop_ = false;
    absl::StatusOr<State> state = State::Open(path(), heading);
    if (!state.ok()) return state.status();
    absl::Status status = RunJobs(jobs, 1, stop_, *state);
    *report = Json(Summarise(jobs, *state), {"1", "today", false});
    return status;
  }

  std::atomic<int> ran_ = 0;
  std::atomic<bool> stop_ = false;
};

TEST_F(StateTest, AStoppedRunGoesOnAndReportsTheSame) {
  std::string whole, part, resumed;
  ASSERT_TRUE(Run(MakeJobs(), "a", &whole).ok());
  std::filesystem::remove(path());
  ran_ = 0;
  EXPECT_EQ(Run(MakeJobs(4), "a", &part).code(), absl::StatusCode::kCancelled);
  EXPECT_NE(part, whole);
  EXPECT_EQ(ran_, 4);
  ASSERT_TRUE(Run(MakeJobs(), "a", &resumed).ok());
  EXPECT_EQ(ran_, 10);
  EXPECT_EQ(resumed, whole);
}

TEST_F(StateTest, ForgetsTheResultsOfAnotherProgram) {
  std::string report;
  ASSERT_TRUE(Run(MakeJobs(), "a", &report).ok());
  ASSERT_TRUE(Run(MakeJobs(), "b", &report).ok());
  EXPECT_EQ(ran_, 20);
}

TEST_F(StateTest, ALineCutShortIsForgotten) {
  std::string whole, mended;
  ASSERT_TRUE(Run(MakeJobs(), "a", &whole).ok());
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 3);
  ASSERT_TRUE(Run(MakeJobs(), "a", &mended).ok());
  EXPECT_EQ(ran_, 11);
  EXPECT_EQ(mended, whole);
}

TEST(Tally, SurvivesItsText) {
  Tally tally{
      .inputs = 1, .correct = 2, .over_one = 3, .wrong = 4, .recomputed = 5, .max_ulp = 0.1, .uncertainty = 1e-9};
  tally.worst_code = 0xFEDCBA9876543210;
  tally.worst = "row of 3; ties; element 1";
  tally.wrong_at = "a NaN";
  EXPECT_EQ(Tally::Parse(tally.Text()), tally);
  tally.max_ulp = HUGE_VAL;
  EXPECT_EQ(Tally::Parse(tally.Text()), tally);
  EXPECT_EQ(Tally::Parse("1,2,3"), std::nullopt);
  EXPECT_EQ(Tally::Parse(""), std::nullopt);
}

TEST(Corpus, KeepsTheNewestAndSurvivesItsFile) {
  const Subject subject{FindFunction("gelu"), Direction::kGradient, DataType::kF32, 0};
  Corpus corpus;
  for (const uint64_t code : {1, 2, 3, 4, 5, 3}) corpus.Add(subject, code);
  const std::string path = ::testing::TempDir() + "/accuracy_corpus.txt";
  ASSERT_TRUE(corpus.Save(path).ok());
  const absl::StatusOr<Corpus> loaded = Corpus::Load(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->Codes(subject), (std::vector<uint64_t>{3, 5, 4, 2}));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace actserve::accuracy
