#include "tests/bench/service/goals.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace actserve::bench::service {
namespace {

constexpr int64_t kLargePayload = 1 << 20;
constexpr int64_t kSmallPayload = 64;

// A measurement, and what it is of.
struct Found {
  double value;
  std::string of;
};

std::string Where(const Subject& subject) { return absl::StrCat(subject.payload, " x ", subject.in_flight); }

class Judge {
 public:
  explicit Judge(const Report& report) : report_(report) {}

  std::vector<Goal> Goals() && {
    for (const std::string_view rpc : {"evaluate", "gradient"}) {
      ForTransports([&](const std::string& transport) {
        AddLeast(absl::StrFormat("%s, %s: calls/s / echo", rpc, transport), BesideEcho(rpc, transport, CallsPerSecond),
                 0.9);
      });
    }
    ForTransports([&](const std::string& transport) {
      AddMost("evaluate, " + transport + ": p50 / echo", BesideEcho("evaluate", transport, P50), 1.15);
    });
    ForTransports([&](const std::string& transport) {
      AddMost("evaluate, " + transport + ": p99 / echo", BesideEcho("evaluate", transport, P99), 1.3);
    });
    ForTransports([&](const std::string& transport) {
      AddMost("evaluate, " + transport + ", 64 B: CPU per call / echo",
              BesideEcho("evaluate", transport, CpuPerCall,
                         [](const Entrant& entrant) { return entrant.bytes == kSmallPayload; }),
              1.15);
    });
    ForTransports([&](const std::string& transport) {
      AddMost("evaluate, " + transport + ", 1 MiB and more: CPU per GB beside the kernel's / echo",
              BesideEcho("evaluate", transport, CpuPerCallBesideKernel,
                         [](const Entrant& entrant) { return entrant.bytes >= kLargePayload; }),
              1.1);
    });
    Batches();
    ForTransports([&](const std::string& transport) { Streams(transport); });
    if (report_.overload) OverloadGoals(*report_.overload);
    if (report_.crowd) CrowdGoals(*report_.crowd);
    return std::move(goals_);
  }

 private:
  static bool Any(const Entrant&) { return true; }

  template <class Add>
  static void ForTransports(Add add) {
    for (const char* transport : {"tcp", "unix"}) add(transport);
  }

  std::vector<Found> BesideEcho(std::string_view rpc, std::string_view transport, const Figure& figure,
                                const std::function<bool(const Entrant&)>& wanted = Any) const {
    std::vector<Found> found;
    for (const Result& result : report_.results) {
      const Subject& subject = result.subject;
      if (subject.group != "payload" || subject.rpc != rpc || subject.transport != transport) continue;
      const Entrant *ours = result.Find(kOurs), *echo = result.Find(kEcho);
      if (ours != nullptr && echo != nullptr && wanted(*ours))
        found.push_back({Ratio(*ours, *echo, figure), Where(subject)});
    }
    return found;
  }

  void Add(std::string name, const std::vector<Found>& found, double target, bool at_most) {
    if (found.empty()) return;
    const auto [least, most] =
        std::minmax_element(found.begin(), found.end(), [](auto& a, auto& b) { return a.value < b.value; });
    const Found& worst = at_most ? *most : *least;
    goals_.push_back({.name = std::move(name),
                      .measured = worst.value,
                      .target = target,
                      .at_most = at_most,
                      .note = absl::StrFormat("%s, %s of %d", worst.of, at_most ? "most" : "least", found.size())});
  }
  void AddLeast(std::string name, const std::vector<Found>& found, double target) {
    Add(std::move(name), found, target, /*at_most=*/false);
  }
  void AddMost(std::string name, const std::vector<Found>& found, double target) {
    Add(std::move(name), found, target, /*at_most=*/true);
  }

  void Batches() {
    std::vector<Found> found;
    for (const Result& result : report_.results) {
      if (result.subject.group != "batch") continue;
      const Entrant *many = result.Find(kOurs, "1024"), *one = result.Find(kOurs, "1");
      if (many != nullptr && one != nullptr)
        found.push_back({Ratio(*many, *one, ItemsPerSecond), result.subject.transport});
    }
    AddLeast("1024 items of 64 floats in a call: items/s / one's", found, 20);
  }

  void Streams(const std::string& transport) {
    std::vector<Found> found;
    for (const Result& result : report_.results) {
      if (result.subject.group != "stream" || result.subject.transport != transport) continue;
      const Entrant *stream = result.Find(kOurs, kStream), *unary = result.Find(kOurs, kUnary);
      if (stream != nullptr && unary != nullptr)
        found.push_back({Ratio(*stream, *unary, CallsPerSecond), Where(result.subject)});
    }
    AddLeast("streams, " + transport + ": calls/s / unary", found, 1.5);
  }

  static std::string Counts(int64_t answered, int64_t refused, int64_t failed) {
    return absl::StrFormat("%d calls answered, %d refused, %d failed", answered, refused, failed);
  }

  void OverloadGoals(const Overload& overload) {
    const std::string counts = Counts(overload.answered, overload.refused, overload.failed);
    goals_.push_back({.name = "four times the load: goodput / peak",
                      .measured = overload.goodput / overload.peak,
                      .target = 0.9,
                      .note = counts});
    goals_.push_back({.name = "four times the load: p99 / at capacity",
                      .measured = overload.p99 / overload.p99_at_peak,
                      .target = 2,
                      .at_most = true,
                      .note = counts});
  }

  void CrowdGoals(const Crowd& crowd) {
    constexpr double kMebi = 1 << 20;
    const std::string counts = Counts(crowd.answered, crowd.refused, crowd.failed);
    goals_.push_back({.name = "64 clients, 16 MiB each: most MiB resident",
                      .measured = static_cast<double>(crowd.peak_bytes) / kMebi,
                      .target = 512,
                      .at_most = true,
                      .note = counts});
    goals_.push_back({.name = "64 clients, 16 MiB each: MiB kept",
                      .measured = static_cast<double>(crowd.after_bytes - crowd.before_bytes) / kMebi,
                      .target = 64,
                      .at_most = true,
                      .note = counts});
    goals_.push_back({.name = "64 clients, 16 MiB each: calls that failed",
                      .measured = static_cast<double>(crowd.failed),
                      .target = 0,
                      .at_most = true,
                      .note = counts});
  }

  const Report& report_;
  std::vector<Goal> goals_;
};

}  // namespace

std::vector<Goal> JudgeGoals(const Report& report) { return Judge(report).Goals(); }

}  // namespace actserve::bench::service
