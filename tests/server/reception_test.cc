#include "server/service/reception.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace actserve {
namespace {

constexpr SteadyClock::duration kSlice = Reception::kSlice;

class ReceptionTest : public testing::Test {
 protected:
  // Says when its turn has come.
  class Caller final : public Reception::Receiver {
   public:
    Caller(char name, std::string& turns) : name_(name), turns_(turns) {}
    void Receive() override { turns_.push_back(name_); }

   private:
    const char name_;
    std::string& turns_;
  };

  ReceptionTest() {
    a_.reserve(26);
    for (char name = 'a'; name <= 'z'; ++name) a_.emplace_back(name, turns_);
  }

  Caller& operator[](char name) { return a_[name - 'a']; }
  void Begin(char name) { reception_.Begin((*this)[name], now_); }
  void End(char name, size_t bytes) { reception_.End((*this)[name], bytes); }
  // Has a message of so many bytes received and answered.
  void Pass(char name, size_t bytes) {
    Begin(name);
    End(name, bytes);
    reception_.Release(bytes);
    turns_.clear();
  }

  std::string turns_;
  std::vector<Caller> a_;
  int timers_ = 0;
  SteadyClock::time_point now_ = SteadyClock::time_point(1000 * kSlice);
  Reception reception_{{.bytes = 1000, .longest = 640}, [this] { ++timers_; }};
};

TEST_F(ReceptionTest, TakesTheFirstMessagesForTheLongestThereMayBe) {
  Begin('a');  // 640
  Begin('b');
  EXPECT_EQ(turns_, "a");
  EXPECT_EQ(timers_, 1);
  End('a', 0);  // none: nothing is known yet
  EXPECT_EQ(turns_, "ab");
  Begin('c');
  EXPECT_EQ(turns_, "ab");
}

TEST_F(ReceptionTest, TakesOthersForTheLongestOfLate) {
  Pass('x', 300);
  Pass('y', 5);
  for (const char name : {'a', 'b', 'c', 'd', 'e'}) Begin(name);
  EXPECT_EQ(turns_, "abc");  // 900
  End('b', 10);
  reception_.Release(10);
  EXPECT_EQ(turns_, "abcd");
}

TEST_F(ReceptionTest, ForgetsTheLongestInTheEnd) {
  Pass('x', 500);
  for (int i = 0; i < 100; ++i) {
    now_ += kSlice;
    Pass('y', 5);
  }
  for (char name = 'a'; name <= 'd'; ++name) Begin(name);
  EXPECT_EQ(turns_, "abcd");
}

TEST_F(ReceptionTest, HoldsWhatWasReceivedAgainstOthersUntilItIsReleased) {
  Pass('x', 400);
  Begin('a');
  Begin('b');
  End('a', 400);
  Begin('c');  // 400 held, 400 on their way
  EXPECT_EQ(turns_, "ab");
  End('b', 400);
  EXPECT_EQ(turns_, "abc");  // however much is held, one is received
  Begin('d');
  reception_.Release(400);
  EXPECT_EQ(turns_, "abc");
  reception_.Release(400);
  EXPECT_EQ(turns_, "abcd");
}

TEST_F(ReceptionTest, TurnsComeInOrder) {
  Pass('x', 1000);
  for (const char name : {'a', 'b', 'c'}) Begin(name);
  EXPECT_EQ(turns_, "a");
  End('a', 1);
  reception_.Release(1);
  Begin('d');
  EXPECT_EQ(turns_, "ab");
  End('b', 1);
  reception_.Release(1);
  End('c', 1);
  reception_.Release(1);
  EXPECT_EQ(turns_, "abcd");
}

TEST_F(ReceptionTest, MessagesThatTakeLongKeepNobodyWaiting) {
  Pass('x', 1000);
  Begin('a');
  Begin('b');
  Begin('c');
  now_ += kSlice;
  reception_.OnTimer(now_);
  EXPECT_EQ(turns_, "a");
  now_ += kSlice;
  reception_.OnTimer(now_);
  EXPECT_EQ(turns_, "ab");
  EXPECT_EQ(timers_, 3);
  // It comes in the end, and is counted as what is held.
  End('a', 1000);
  End('b', 0);
  EXPECT_EQ(turns_, "abc");
  End('c', 0);
  Begin('d');
  Begin('e');
  EXPECT_EQ(turns_, "abcd");
  now_ += 2 * kSlice;
  reception_.OnTimer(now_);
  EXPECT_EQ(turns_, "abcde");
  const int timers = timers_;
  reception_.OnTimer(now_);
  EXPECT_EQ(timers_, timers);  // nobody waits
}

}  // namespace
}  // namespace actserve
