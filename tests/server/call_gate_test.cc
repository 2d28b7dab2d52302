#include "server/service/call_gate.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace actserve {
namespace {

TEST(CallGateTest, CountsAndCloses) {
  CallGate gate;
  EXPECT_TRUE(gate.Enter());
  EXPECT_TRUE(gate.Enter());
  EXPECT_EQ(gate.inside(), 2);
  gate.Close();
  EXPECT_FALSE(gate.Enter());
  EXPECT_EQ(gate.inside(), 2);
  gate.Leave();
  EXPECT_FALSE(gate.WaitEmpty(SteadyClock::now()));
  gate.Leave();
  EXPECT_TRUE(gate.WaitEmpty(SteadyClock::now()));
}

TEST(CallGateTest, WakesTheWaiterWhenTheLastCallLeaves) {
  for (int round = 0; round < 100; ++round) {
    CallGate gate;
    std::vector<std::thread> callers;
    std::atomic<int> entered = 0, refused = 0;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] {
        for (int call = 0; call < 20; ++call) {
          if (gate.Enter()) {
            ++entered;
            gate.Leave();
          } else {
            ++refused;
          }
        }
      });
    }
    gate.Close();
    EXPECT_TRUE(gate.WaitEmpty(SteadyClock::now() + std::chrono::seconds(30)));
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(entered + refused, 80);
    EXPECT_EQ(gate.inside(), 0);
  }
}

}  // namespace
}  // namespace actserve
