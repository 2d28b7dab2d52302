#include "tests/bench/service/plan.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/bench/service/channels.h"

namespace actserve::bench::service {
namespace {

constexpr int kInFlight[] = {1, 8, 64};
constexpr const char* kTransports[] = {"tcp", "unix"};

std::string Size(int64_t bytes) {
  if (bytes < 1 << 10) return absl::StrCat(bytes, "B");
  return bytes < 1 << 20 ? absl::StrCat(bytes >> 10, "KiB") : absl::StrCat(bytes >> 20, "MiB");
}

Contest Of(std::string group, Direction direction, std::string transport, int64_t bytes, int in_flight,
           std::vector<Manner> manners) {
  return {.subject = {.group = std::move(group),
                      .rpc = direction == Direction::kEvaluate ? "evaluate" : "gradient",
                      .transport = std::move(transport),
                      .payload = Size(bytes),
                      .in_flight = in_flight},
          .direction = direction,
          .bytes = bytes,
          .manners = std::move(manners)};
}

}  // namespace

std::vector<Contest> Plan() {
  std::vector<Contest> contests;
  for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
    for (const char* transport : kTransports) {
      for (const int64_t bytes : {64, 4 << 10, 64 << 10, 1 << 20, 16 << 20}) {
        for (const int in_flight : kInFlight)
          contests.push_back(Of("payload", direction, transport, bytes, in_flight, {{.form = std::string(kUnary)}}));
      }
    }
  }
  std::vector<Manner> batches;
  for (const int64_t items : {1, 16, 256, 1024}) batches.push_back({.form = absl::StrCat(items), .items = items});
  contests.push_back(Of("batch", Direction::kEvaluate, "tcp", 64 * sizeof(float), 8, batches));
  for (const char* transport : kTransports) {
    for (const int in_flight : kInFlight) {
      contests.push_back(Of("stream", Direction::kEvaluate, transport, 64, in_flight,
                            {{.form = std::string(kUnary)}, {.form = std::string(kStream), .is_stream = true}}));
    }
  }
  for (const char* transport : kTransports) {
    const std::pair<int64_t, int> sizes[] = {{64, 1},      {64, 8},      {64, 64},     {64 << 10, 8},
                                             {1 << 20, 1}, {1 << 20, 8}, {16 << 20, 1}};
    for (const auto& [bytes, in_flight] : sizes)
      contests.push_back(Of(std::string(kTransportGroup), Direction::kEvaluate, transport, bytes, in_flight,
                            {{.form = std::string(kUnary)}}));
  }
  for (const int64_t bytes : {64 << 10, 1 << 20, 16 << 20}) {
    for (const auto& [data, share] :
         {std::pair(Distribution::k50Zeros, 50), {Distribution::k90Zeros, 90}, {Distribution::k99Zeros, 99}}) {
      Contest contest = Of(std::string(kZerosGroup), Direction::kEvaluate, "tcp", bytes, 1, {});
      for (const Encoding encoding : {Encoding::kDense, Encoding::kAuto}) {
        contest.manners.push_back({.form = std::string(Name(encoding)), .encoding = encoding});
      }
      contest.subject.payload += absl::StrFormat(", %d %% zeros", share);
      contest.content = {.function = "relu", .data = data};
      contests.push_back(std::move(contest));
    }
  }
  return contests;
}

std::string Settings() {
  // 64 gradients of two tensors of 16 MiB, and what the transport holds for them and their answers.
  return absl::StrFormat("max_message_mib: %d\nmax_in_flight_mib: 4096\ntransport_memory_mib: 16384\nlog_level: INFO\n",
                         kMaxMessageMib);
}

}  // namespace actserve::bench::service
