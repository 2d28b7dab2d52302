#include "tests/bench/service/contest.h"

#include <algorithm>
#include <deque>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/service/channels.h"

namespace actserve::bench::service {
namespace {

// Bytes that the time in a result may make an answer shorter or longer.
constexpr size_t kTimeBytes = 10;

std::string Method(const Contest& contest, const Manner& manner) {
  return absl::StrCat("/actserve.v1.ActivationService/",
                      contest.direction == Direction::kEvaluate ? "Evaluate" : "Gradient",
                      manner.is_stream ? "Stream" : "");
}

struct Runner {
  Server& server;
  const Channels& channels;
  Load load;
  Entrant entrant;
  measure::Histogram latencies;

  // With a call on each connection, lest it take long where calls are large.
  absl::Status WarmUp(absl::Duration least) {
    Load some = load;
    some.in_flight = static_cast<int>(channels.size());
    return Drive(some, channels, least, some.in_flight).status();
  }

  absl::Status TakeTurn(const Timing& timing) {
    server.ResetPeak();
    const double before = server.CpuSeconds();
    const absl::StatusOr<Turn> turn = Drive(load, channels, timing.turn, int64_t{timing.generations} * load.in_flight);
    if (!turn.ok()) return turn.status();
    const Memory memory = server.memory();
    entrant.rounds.push_back({.calls = turn->calls,
                              .seconds = turn->seconds,
                              .p50 = turn->latencies.Quantile(0.5) * 1e-9,
                              .p99 = turn->latencies.Quantile(0.99) * 1e-9,
                              .p999 = turn->latencies.Quantile(0.999) * 1e-9,
                              .cpu_seconds = server.CpuSeconds() - before});
    entrant.resident_bytes = memory.resident;
    entrant.peak_bytes = std::max(entrant.peak_bytes, memory.peak);
    latencies.Add(turn->latencies);
    return absl::OkStatus();
  }

  absl::Status Named(const absl::Status& status) const {
    return absl::Status(status.code(), absl::StrCat(entrant.server, " ", entrant.form, ": ", status.message()));
  }
};

}  // namespace

absl::Status CheckFirst(const Request& request, std::string_view server, const std::shared_ptr<grpc::Channel>& channel,
                        Load& load) {
  const absl::StatusOr<grpc::ByteBuffer> answer = CallOnce(load, channel);
  if (!answer.ok()) return answer.status();
  const size_t slack = server == kOurs ? kTimeBytes * request.items() : 0;
  load.least_answer = answer->Length() - slack;
  load.most_answer = answer->Length() + slack;
  return server == kOurs ? request.CheckAnswer(*answer) : request.CheckEcho(*answer);
}

absl::StatusOr<Result> Hold(const Contest& contest, const Timing& timing,
                            const std::vector<std::unique_ptr<Server>>& servers) {
  std::deque<Request> requests;
  std::deque<Runner> runners;
  for (const Manner& manner : contest.manners) {
    Content content = contest.content;
    content.encoding = manner.encoding;
    const Request& request = requests.emplace_back(contest.direction, manner.items, contest.bytes, content);
    const double kernel_seconds = request.KernelSeconds();
    for (const auto& server : servers) {
      const bool is_ours = server->name() == kOurs;
      const int in_flight = contest.subject.in_flight;
      Runner& runner = runners.emplace_back(
          Runner{.server = *server,
                 .channels = server->channels(contest.subject.transport, ConnectionsFor(in_flight)),
                 .load = {.method = Method(contest, manner),
                          .is_stream = manner.is_stream,
                          .message = request.message(),
                          .in_flight = in_flight},
                 .entrant = {.server = server->name(),
                             .form = manner.form,
                             .items = manner.items,
                             .bytes = request.bytes(),
                             .kernel_seconds = is_ours ? kernel_seconds : 0,
                             .rounds = {}},
                 .latencies = {}});
      if (absl::Status status = CheckFirst(request, server->name(), runner.channels.front(), runner.load); !status.ok())
        return runner.Named(status);
      runner.entrant.answer_bytes = static_cast<int64_t>(runner.load.most_answer);
    }
  }
  std::vector<Runner*> order;
  for (Runner& runner : runners) {
    if (absl::Status status = runner.WarmUp(timing.warm_up); !status.ok()) return runner.Named(status);
    order.push_back(&runner);
  }
  const absl::Time start = absl::Now();
  for (int i = 0; i < timing.rounds; ++i) {
    // Stops where another round of the same length would go too far.
    if (i >= 2 && (absl::Now() - start) * (i + 1) / i > timing.entrant * static_cast<double>(order.size())) break;
    for (Runner* runner : order) {
      if (absl::Status status = runner->TakeTurn(timing); !status.ok()) return runner->Named(status);
    }
    std::reverse(order.begin(), order.end());
  }
  Result result{.subject = contest.subject, .entrants = {}};
  for (Runner& runner : runners) {
    runner.entrant.p999 = runner.latencies.Quantile(0.999) * 1e-9;
    result.entrants.push_back(std::move(runner.entrant));
  }
  return result;
}

}  // namespace actserve::bench::service
