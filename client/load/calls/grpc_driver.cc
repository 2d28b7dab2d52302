#include "client/load/calls/grpc_driver.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cpp/call.h"
#include "client/cpp/channel.h"
#include "client/cpp/channel_pool.h"
#include "client/cpp/client.h"
#include "client/cpp/target.h"
#include "client/cpp/wire.h"

namespace actserve::load {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);  // to connect
constexpr Nanos kSlice = 50 * kMillisecond;              // how often RunUntil looks at the flag, and at streams

double ProcessSeconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcDriver>> GrpcDriver::Connect(const std::string& server, const CallSettings& settings,
                                                                int connections, int threads, const Workload& workload,
                                                                uint64_t seed, const std::atomic<bool>& interrupted) {
  // The library looks at the target and the options, and says in its own words why nobody answers.
  const absl::StatusOr<client::Client> client = client::Client::Connect(server, settings.options);
  if (!client.ok()) return client.status();
  const auto functions = client->ListFunctions({.deadline = kPatience});
  if (!functions.ok()) return functions.status();

  const std::string target = *client::ToGrpcTarget(server);
  std::vector<Channels> channels(threads);
  for (int i = 0; i < connections; ++i) channels[i % threads].push_back(client::MakeChannel(target, settings.options));
  const auto deadline = absl::ToChronoTime(absl::Now() + kPatience);
  for (const Channels& own : channels) {
    for (const auto& channel : own) {
      if (!channel->WaitForConnected(deadline))
        return absl::UnavailableError(absl::StrCat("not all of ", connections, " connections could be made within ",
                                                   absl::FormatDuration(kPatience)));
    }
  }
  return std::unique_ptr<GrpcDriver>(
      new GrpcDriver(target, settings, std::move(channels), workload, seed, interrupted));
}

GrpcDriver::GrpcDriver(std::string target, const CallSettings& settings, std::vector<Channels> channels,
                       const Workload& workload, uint64_t seed, const std::atomic<bool>& interrupted)
    : target_(std::move(target)),
      settings_(settings),
      channels_(std::move(channels)),
      workload_(workload),
      mix_(MixOf(workload, seed)),
      interrupted_(interrupted) {}

absl::Status GrpcDriver::TryAll() {
  client::ChannelPool pool(target_, settings_.options);
  for (const auto& kind : workload_) {
    const char* method =
        kind->is_gradient() ? client::Batch<client::GradientItem>::kCall : client::Batch<client::EvaluateItem>::kCall;
    for (size_t i = 0; i < kind->variants(); ++i) {
      const auto answers = client::CallAll(pool, settings_.options, client::DeadlineOf(settings_.options, {}), method,
                                           {kind->request(i)});
      if (!answers.ok())
        return absl::Status(answers.status().code(), absl::StrCat(kind->name(), ": ", answers.status().message()));
      const Outcome outcome = kind->Judge(i, answers->front(), /*compare=*/true);
      if (outcome.end == kWrong) return absl::DataLossError(outcome.message);
      if (outcome.end != kOk) return absl::Status(static_cast<absl::StatusCode>(outcome.end), outcome.message);
    }
  }
  return absl::OkStatus();
}

void GrpcDriver::Begin(const Offer& offer) {
  lanes_.clear();
  const Nanos start = Now();
  const int count = static_cast<int>(channels_.size());
  for (int i = 0; i < count; ++i) {
    lanes_.push_back(std::make_unique<Lane>(workload_, settings_, channels_[i],
                                            Generator(offer, {.index = i, .count = count}, mix_, start)));
  }
}

void GrpcDriver::Measure() {
  const Nanos now = Now();
  for (const auto& lane : lanes_) lane->Measure(now);
  process_before_ = ProcessSeconds();
}

bool GrpcDriver::RunUntil(Nanos time) {
  while (!interrupted_) {
    const Nanos now = Now();
    if (now >= time) return true;
    // Calls end by their own deadlines; messages of streams have none.
    for (const auto& lane : lanes_) lane->GiveUpStreams(now - absl::ToInt64Nanoseconds(settings_.options.deadline));
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(kSlice, time - now)));
  }
  return false;
}

Sample GrpcDriver::Take() {
  Sample sample;
  for (const auto& lane : lanes_) sample.Add(lane->Take());
  return sample;
}

int64_t GrpcDriver::End() {
  const Nanos now = Now();
  int64_t unsent = 0;
  for (const auto& lane : lanes_) unsent += lane->Stop(now);
  for (const auto& lane : lanes_) lane->End();
  return unsent;
}

Effort GrpcDriver::effort() const {
  Effort effort{.process = ProcessSeconds() - process_before_};
  for (const auto& lane : lanes_) {
    const Effort own = lane->effort();
    effort.busiest_thread = std::max(effort.busiest_thread, own.busiest_thread);
    effort.waited = std::max(effort.waited, own.waited);
  }
  return effort;
}

}  // namespace actserve::load
