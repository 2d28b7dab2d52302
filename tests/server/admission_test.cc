#include "server/pool/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace actserve {
namespace {

using Refusal = Admission::Refusal;
using Share = Admission::Share;
using ::testing::HasSubstr;

std::vector<Admission::RouteLimits> Routes() {
  return {{"relu", {.bytes = 1000, .items = 1000}}, {"gelu", {.bytes = 50, .items = 3}}};
}

TEST(AdmissionTest, CountsBytesUntilTheTicketGoes) {
  Admission admission({.bytes = 100, .items = 10}, Routes());
  Refusal why;
  Admission::Ticket first;
  ASSERT_TRUE(admission.AdmitBytes(60, first, &why).ok());
  EXPECT_EQ(why, Refusal::kNone);
  EXPECT_EQ(admission.in_flight().bytes, 60u);
  {
    Admission::Ticket second;
    const absl::Status refused = admission.AdmitBytes(41, second, &why);
    EXPECT_TRUE(absl::IsResourceExhausted(refused));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("41 bytes does not fit: 60 of at most 100 bytes"));
    EXPECT_EQ(why, Refusal::kBytes);
    EXPECT_TRUE(admission.AdmitBytes(40, second, &why).ok());
    EXPECT_EQ(admission.in_flight().bytes, 100u);
  }
  EXPECT_EQ(admission.in_flight().bytes, 60u);
  Admission::Ticket third;
  EXPECT_TRUE(absl::IsResourceExhausted(admission.AdmitBytes(~size_t{0}, third, &why)));  // no overflow
  first.Release();
  EXPECT_EQ(admission.in_flight().bytes, 0u);
}

TEST(AdmissionTest, CountsItemsOverallAndByRouteAllOrNothing) {
  Admission admission({.bytes = 1000, .items = 10}, Routes());
  Refusal why;
  Admission::Ticket first;
  const Share mixed[] = {{.route = 0, .bytes = 10, .items = 4}, {.route = 1, .bytes = 10, .items = 2}};
  ASSERT_TRUE(admission.AdmitItems(0, mixed, first, &why).ok());
  EXPECT_EQ(admission.in_flight().items, 6u);

  Admission::Ticket second;
  const absl::Status route_items = admission.AdmitItems(0, mixed, second, &why);
  EXPECT_EQ(why, Refusal::kItems);
  EXPECT_THAT(std::string(route_items.message()), HasSubstr("6 items does not fit: 6 of at most 10 items"));
  const Share one_too_many[] = {{.route = 0, .bytes = 1, .items = 1}, {.route = 1, .bytes = 1, .items = 2}};
  EXPECT_THAT(std::string(admission.AdmitItems(0, one_too_many, second, &why).message()),
              HasSubstr("2 of at most 3 items are in flight for gelu"));
  EXPECT_EQ(why, Refusal::kRoute);
  const Share too_large[] = {{.route = 1, .bytes = 41, .items = 1}};
  EXPECT_THAT(std::string(admission.AdmitItems(0, too_large, second, &why).message()),
              HasSubstr("10 of at most 50 bytes are in flight for gelu"));
  EXPECT_EQ(admission.in_flight().items, 6u);  // nothing of what was refused
  const Share fits[] = {{.route = 1, .bytes = 40, .items = 1}, {.route = 0, .bytes = 1, .items = 3}};
  EXPECT_TRUE(admission.AdmitItems(0, fits, second, &why).ok());
}

TEST(AdmissionTest, CountsTheAnswersBytesToo) {
  Admission admission({.bytes = 100, .items = 10}, Routes());
  Refusal why;
  Admission::Ticket ticket;
  ASSERT_TRUE(admission.AdmitBytes(60, ticket, &why).ok());
  const Share share[] = {{.route = 0, .bytes = 60, .items = 1}};
  const absl::Status refused = admission.AdmitItems(41, share, ticket, &why);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("an answer of 41 bytes does not fit: 60 of at most 100"));
  EXPECT_EQ(why, Refusal::kBytes);
  EXPECT_EQ(admission.in_flight().items, 0u);
  EXPECT_TRUE(admission.AdmitItems(40, share, ticket, &why).ok());
  EXPECT_EQ(admission.in_flight().bytes, 100u);
}

TEST(AdmissionTest, IsExactWhateverThreadsDo) {
  Admission admission({.bytes = 70, .items = 7}, {{"relu", {.bytes = 40, .items = 4}}});
  std::vector<std::thread> threads;
  std::atomic<size_t> most = 0, admitted = 0;
  std::atomic<int> inside = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        Refusal why;
        Admission::Ticket ticket;
        const Share share[] = {{.route = 0, .bytes = 10, .items = 1}};
        if (!admission.AdmitBytes(10, ticket, &why).ok() || !admission.AdmitItems(0, share, ticket, &why).ok())
          continue;
        const int now = ++inside;
        EXPECT_LE(now, 4);
        ++admitted;
        std::this_thread::yield();
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(admitted, 5000u);
  EXPECT_EQ(admission.in_flight().bytes, 0u);
  EXPECT_EQ(admission.in_flight().items, 0u);
}

}  // namespace
}  // namespace actserve
