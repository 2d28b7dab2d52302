#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "server/pool/cpu_pool.h"
#include "tests/server/fakes.h"

namespace actserve {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::shared_ptr<FakeJob> MakeJob(std::vector<int64_t> pieces, std::function<void(int64_t)> on_run = nullptr,
                                 size_t bytes = 1) {
  auto job = std::make_shared<FakeJob>(bytes);
  for (const int64_t n : pieces) job->executions.push_back(std::make_unique<FakeExecution>(n, on_run));
  return job;
}

// A pool of one thread, which a job keeps busy until the test lets it go.
struct BusyPool {
  explicit BusyPool(size_t waiting) : pool({.threads = 1, .waiting = waiting}) {
    busy = MakeJob({1}, [this](int64_t) {
      running.Set();
      EXPECT_TRUE(release.Wait());
    });
    EXPECT_TRUE(pool.Submit(busy).ok());
    EXPECT_TRUE(running.Wait());
  }
  ~BusyPool() { release.Set(); }

  Event running;
  Event release;
  std::shared_ptr<FakeJob> busy;
  CpuPool pool;
};

TEST(CpuPoolTest, RunsEveryPieceOnceAndFinishesEveryExecution) {
  CpuPool pool({.threads = 4});
  const auto job = MakeJob({1, 0, 1000, 7, 0}, nullptr, /*bytes=*/1 << 20);
  ASSERT_TRUE(pool.Submit(job).ok());
  ASSERT_TRUE(job->ended.Wait());
  EXPECT_TRUE(job->status.ok());
  for (const auto& execution : job->executions) {
    EXPECT_TRUE(execution->EachRanOnce());
    EXPECT_EQ(execution->finished(), 1);
    EXPECT_EQ(execution->total(), execution->pieces());
  }
}

TEST(CpuPoolTest, EndsJobsWithoutWork) {
  CpuPool pool({.threads = 1});
  const auto nothing = MakeJob({});
  const auto no_pieces = MakeJob({0, 0});
  ASSERT_TRUE(pool.Submit(nothing).ok());
  ASSERT_TRUE(pool.Submit(no_pieces).ok());
  EXPECT_TRUE(nothing->ended.Wait());
  EXPECT_TRUE(no_pieces->ended.Wait());
  EXPECT_EQ(no_pieces->executions[1]->finished(), 1);
}

TEST(CpuPoolTest, AddsUpWhatThreadsSpendOnEachExecution) {
  constexpr std::chrono::milliseconds kPiece(5);
  CpuPool pool({.threads = 2});
  const auto job = std::make_shared<FakeJob>(/*bytes=*/1 << 20);
  const auto add = [&](int64_t pieces, std::chrono::milliseconds time) {
    job->executions.push_back(
        std::make_unique<FakeExecution>(pieces, [=](int64_t) { std::this_thread::sleep_for(time); }));
  };
  add(1, kPiece);
  add(0, kPiece);
  add(8, kPiece);
  add(1, 20 * kPiece);
  ASSERT_TRUE(pool.Submit(job).ok());
  ASSERT_TRUE(job->ended.Wait());
  EXPECT_GE(job->time(0), kPiece);
  EXPECT_GE(job->time(2), 8 * kPiece);
  EXPECT_GE(job->time(3), 20 * kPiece);
}

TEST(CpuPoolTest, SeveralThreadsHelpWithOneLargeJob) {
  CpuPool pool({.threads = 3});
  std::mutex mutex;
  std::set<std::thread::id> threads;
  Event all;
  // No piece returns before three threads are at it.
  const auto job = MakeJob(
      {3},
      [&](int64_t) {
        {
          std::lock_guard lock(mutex);
          threads.insert(std::this_thread::get_id());
          if (threads.size() == 3) all.Set();
        }
        EXPECT_TRUE(all.Wait());
      },
      /*bytes=*/1 << 20);
  ASSERT_TRUE(pool.Submit(job).ok());
  EXPECT_TRUE(job->ended.Wait());
  EXPECT_EQ(threads.size(), 3u);
}

TEST(CpuPoolTest, ASmallJobDoesNotWaitBehindALargeOnesPieces) {
  CpuPool pool({.threads = 2});
  Event release;
  const auto large = MakeJob({1}, [&](int64_t) { EXPECT_TRUE(release.Wait()); });
  ASSERT_TRUE(pool.Submit(large).ok());
  const auto small = MakeJob({1});
  ASSERT_TRUE(pool.Submit(small).ok());
  EXPECT_TRUE(small->ended.Wait());
  EXPECT_FALSE(large->ended.IsSet());
  release.Set();
  EXPECT_TRUE(large->ended.Wait());
}

TEST(CpuPoolTest, RefusesWhenTheQueueIsFull) {
  BusyPool busy(/*waiting=*/2);
  const auto first = MakeJob({1}), second = MakeJob({1}), third = MakeJob({1});
  CpuPool::Refusal why;
  EXPECT_TRUE(busy.pool.Submit(first, &why).ok());
  EXPECT_EQ(why, CpuPool::Refusal::kNone);
  EXPECT_TRUE(busy.pool.Submit(second).ok());
  EXPECT_EQ(busy.pool.load().waiting, 2u);
  EXPECT_EQ(busy.pool.load().running, 1u);
  const absl::Status refused = busy.pool.Submit(third, &why);
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("2 requests are waiting"));
  EXPECT_EQ(why, CpuPool::Refusal::kQueueFull);
  busy.release.Set();
  EXPECT_TRUE(second->ended.Wait());
  EXPECT_TRUE(busy.pool.Submit(third).ok());  // room again
  EXPECT_TRUE(third->ended.Wait());
  EXPECT_EQ(third->ends, 1);
}

TEST(CpuPoolTest, RoutesTakeTurns) {
  BusyPool busy(1000);
  std::vector<int> order;  // one thread writes it
  std::vector<std::shared_ptr<FakeJob>> jobs;
  const auto submit = [&](int route) {
    jobs.push_back(MakeJob({1}, [&order, route](int64_t) { order.push_back(route); }));
    jobs.back()->set_route(route);
    ASSERT_TRUE(busy.pool.Submit(jobs.back()).ok());
  };
  for (int i = 0; i < 100; ++i) submit(7);  // a flood
  submit(3);
  submit(3);
  submit(5);
  busy.release.Set();
  for (const auto& job : jobs) ASSERT_TRUE(job->ended.Wait());
  EXPECT_THAT(std::vector<int>(order.begin(), order.begin() + 7), ElementsAre(7, 3, 5, 7, 3, 7, 7));
  EXPECT_EQ(order.size(), 103u);
}

TEST(CpuPoolTest, NeverStartsAJobThatIsLate) {
  BusyPool busy(10);
  const auto late = std::make_shared<FakeJob>(1, SteadyClock::now() - seconds(1));
  CpuPool::Refusal why;
  EXPECT_TRUE(absl::IsDeadlineExceeded(busy.pool.Submit(late, &why)));
  EXPECT_EQ(why, CpuPool::Refusal::kDeadline);
  const auto becomes_late = std::make_shared<FakeJob>(1, SteadyClock::now() + std::chrono::milliseconds(50));
  ASSERT_TRUE(busy.pool.Submit(becomes_late).ok());
  std::this_thread::sleep_until(SteadyClock::now() + std::chrono::milliseconds(60));
  busy.release.Set();
  ASSERT_TRUE(becomes_late->ended.Wait());
  EXPECT_TRUE(absl::IsDeadlineExceeded(becomes_late->status));
  EXPECT_FALSE(becomes_late->started.IsSet());
}

TEST(CpuPoolTest, NeverStartsAJobCancelledWhileItWaited) {
  BusyPool busy(10);
  const auto job = MakeJob({1});
  ASSERT_TRUE(busy.pool.Submit(job).ok());
  job->Cancel();
  busy.release.Set();
  ASSERT_TRUE(job->ended.Wait());
  EXPECT_TRUE(absl::IsCancelled(job->status));
  EXPECT_FALSE(job->started.IsSet());
  CpuPool::Refusal why;
  EXPECT_TRUE(absl::IsCancelled(busy.pool.Submit(job, &why)));
  EXPECT_EQ(why, CpuPool::Refusal::kCancelled);
  EXPECT_EQ(job->ends, 1);
}

TEST(CpuPoolTest, StopsBetweenPiecesWhenCancelled) {
  CpuPool pool({.threads = 1});
  std::atomic<int> run = 0;
  std::shared_ptr<FakeJob> job;
  job = MakeJob({50, 50}, [&](int64_t piece) {
    ++run;
    if (piece == 10) job->Cancel();
  });
  ASSERT_TRUE(pool.Submit(job).ok());
  ASSERT_TRUE(job->ended.Wait());
  EXPECT_TRUE(absl::IsCancelled(job->status));
  EXPECT_EQ(run, 11);
  EXPECT_EQ(job->executions[0]->finished(), 0);
}

TEST(CpuPoolTest, ACancelledJobEndsOnlyWhenNoThreadIsAtItAnyMore) {
  CpuPool pool({.threads = 4});
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> inside = 0;
    std::shared_ptr<FakeJob> job;
    job = MakeJob(
        {100},
        [&](int64_t piece) {
          ++inside;
          if (piece == 20) job->Cancel();
          std::this_thread::yield();
          --inside;
        },
        1 << 20);
    ASSERT_TRUE(pool.Submit(job).ok());
    ASSERT_TRUE(job->ended.Wait());
    EXPECT_EQ(inside, 0);
    EXPECT_EQ(job->ends, 1);
  }
}

TEST(CpuPoolTest, ManyThreadsSubmitAndEveryAdmittedJobEndsOnce) {
  constexpr int kSubmitters = 4, kJobs = 500;
  CpuPool pool({.threads = 3, .waiting = 64});
  std::vector<std::vector<std::shared_ptr<FakeJob>>> admitted(kSubmitters);
  std::atomic<int> refused = 0;
  {
    std::vector<std::thread> threads;
    for (int t = 0; t < kSubmitters; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kJobs; ++i) {
          auto job = MakeJob({i % 4, i % 3}, nullptr, 1 + (i % 5) * 40'000);
          if (i % 7 == 0) job->Cancel();
          if (pool.Submit(job).ok()) {
            admitted[t].push_back(job);
            if (i % 11 == 0) job->Cancel();
          } else {
            ++refused;
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(pool.Drain(SteadyClock::now() + seconds(30)), 0u);
  size_t ends = refused;
  for (const auto& jobs : admitted) {
    for (const auto& job : jobs) {
      EXPECT_EQ(job->ends, 1);
      ++ends;
      if (!job->status.ok()) continue;
      for (const auto& execution : job->executions) EXPECT_TRUE(execution->EachRanOnce());
    }
  }
  EXPECT_EQ(ends, static_cast<size_t>(kSubmitters * kJobs));
}

TEST(CpuPoolTest, DrainFinishesWhatIsThereAndAdmitsNothing) {
  BusyPool busy(10);
  const auto waiting = MakeJob({3});
  ASSERT_TRUE(busy.pool.Submit(waiting).ok());
  std::thread drain([&] { EXPECT_EQ(busy.pool.Drain(SteadyClock::now() + seconds(30)), 0u); });
  CpuPool::Refusal why = CpuPool::Refusal::kNone;
  while (why != CpuPool::Refusal::kClosed) {  // until the drain has begun
    const absl::Status status = busy.pool.Submit(MakeJob({0}), &why);
    EXPECT_TRUE(status.ok() || absl::IsUnavailable(status) || absl::IsResourceExhausted(status));
  }
  busy.release.Set();
  drain.join();
  EXPECT_TRUE(waiting->ended.IsSet());
  EXPECT_TRUE(waiting->status.ok());
}

TEST(CpuPoolTest, DrainCancelsWhatIsLeftAfterTheDeadline) {
  BusyPool busy(10);
  const auto waiting = MakeJob({1});
  ASSERT_TRUE(busy.pool.Submit(waiting).ok());
  EXPECT_EQ(busy.pool.Drain(SteadyClock::now()), 2u);
  busy.release.Set();
  ASSERT_TRUE(waiting->ended.Wait());
  EXPECT_TRUE(absl::IsCancelled(waiting->status));
  ASSERT_TRUE(busy.busy->ended.Wait());
  EXPECT_TRUE(busy.busy->status.ok());  // its only piece was running already
}

TEST(CpuPoolTest, DestructionEndsEveryJob) {
  std::vector<std::shared_ptr<FakeJob>> jobs;
  {
    CpuPool pool({.threads = 2});
    for (int i = 0; i < 100; ++i) {
      jobs.push_back(MakeJob({5}));
      ASSERT_TRUE(pool.Submit(jobs.back()).ok());
    }
  }
  for (const auto& job : jobs) EXPECT_EQ(job->ends, 1);
}

}  // namespace
}  // namespace actserve
