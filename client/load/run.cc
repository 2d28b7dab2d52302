#include "client/load/run.h"

#include <grpcpp/grpcpp.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/report.h"
#include "client/load/calls/grpc_driver.h"
#include "client/load/engine/saturation.h"
#include "client/load/metrics/page.h"
#include "client/load/progress.h"
#include "client/load/report/report.h"

namespace actserve::load {
namespace {

ExitStatus Fail(ExitStatus exit, const std::string& why) {
  std::fprintf(stderr, "actload: %s\n", why.c_str());
  return exit;
}

int Cores() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

// Follows a step: shows it, and asks the server for its metrics.
class Watch final : public Observer {
 public:
  Watch(const std::string& metrics, Nanos duration, Progress& progress, std::string& error)
      : metrics_(metrics), duration_(duration), progress_(progress), error_(error) {}

  void OnMeasuring() override { first_ = last_ = Ask(); }
  void OnWindow(const Window& window) override {
    progress_.Show(window, duration_);
    std::optional<Page> page = Ask();
    if (page && last_) windows_.push_back(WorkBetween(*last_, *page));
    last_ = std::move(page);
  }

  StepReport Take(StepResult result) {
    StepReport report{.result = std::move(result)};
    if (first_ && last_) report.server = WorkBetween(*first_, *last_);
    if (windows_.size() == report.result.windows.size()) report.server_windows = std::move(windows_);
    return report;
  }

 private:
  std::optional<Page> Ask() {
    if (metrics_.empty()) return std::nullopt;
    absl::StatusOr<Page> page = Scrape(metrics_);
    if (page.ok()) return *std::move(page);
    error_ = std::string(page.status().message());
    return std::nullopt;
  }

  const std::string& metrics_;
  const Nanos duration_;
  Progress& progress_;
  std::string& error_;
  std::optional<Page> first_, last_;
  std::vector<ServerWork> windows_;
};

class Runner {
 public:
  Runner(const scenario::Scenario& scenario, const Plan& plan, Driver& driver, Progress& progress, Report& report)
      : scenario_(scenario), plan_(plan), driver_(driver), progress_(progress), report_(report) {}

  void Sweep() {
    for (const Offer& offer : plan_.steps) {
      Measure(offer, plan_.steps.size());
      if (!report_.status.ok()) return;
    }
  }

  void Find(const Search& wanted) {
    RateSearch search(wanted.bounds.low, wanted.bounds.high, wanted.precision);
    report_.search = SearchReport{.objective = wanted.objective};
    while (const std::optional<double> rate = search.Next()) {
      Offer offer = plan_.offer;
      offer.rate = *rate;
      const StepReport& step = Measure(offer, 0);
      if (!report_.status.ok()) return;
      search.Tried(*rate, Keeps(step.result, wanted.objective));
      report_.search->kept = search.kept();
      report_.search->missed = search.missed();
    }
  }

 private:
  const StepReport& Measure(const Offer& offer, size_t steps) {
    progress_.Begin(offer, steps);
    Watch watch(scenario_.metrics(), plan_.pace.duration, progress_, report_.metrics_error);
    StepReport step = watch.Take(MeasureStep(driver_, offer, plan_.pace, watch));
    step.limits = LimitsOfActload(step.result, report_.cores);
    progress_.End(step.result);
    report_.status.Update(step.result.status);
    return report_.steps.emplace_back(std::move(step));
  }

  const scenario::Scenario& scenario_;
  const Plan& plan_;
  Driver& driver_;
  Progress& progress_;
  Report& report_;
};

// A file that cannot be written is better found now than after the run.
absl::Status CheckWritable(const Files& files) {
  for (const std::string& path : {files.html, files.json, files.csv}) {
    if (!path.empty() && !std::ofstream(path, std::ios::app))
      return absl::PermissionDeniedError(absl::StrCat(path, ": cannot be written"));
  }
  return absl::OkStatus();
}

absl::Status Write(const std::string& path, const std::string& text) {
  if (path.empty() || (std::ofstream(path, std::ios::binary) << text).flush()) return absl::OkStatus();
  return absl::UnknownError(absl::StrCat(path, ": cannot be written"));
}

absl::Status WriteAll(const Files& files, const Report& report) {
  absl::Status status = Write(files.html, ToHtml(report));
  status.Update(Write(files.json, ToJson(report)));
  status.Update(Write(files.csv, ToCsv(report)));
  return status;
}

void Print(const Report& report) {
  for (const measure::Table& table : Tables(report))
    std::printf("\n%s", Render(table, measure::TableStyle::kText).c_str());
  if (const std::string found = SearchText(report); !found.empty()) std::printf("\n%s\n", found.c_str());
  const std::vector<std::string> warnings = Warnings(report);
  for (const std::string& warning : warnings) std::printf("\nwarning: %s", warning.c_str());
  std::printf(warnings.empty() ? "\nactload kept up with every step.\n" : "\n");
}

ExitStatus Verdict(const Report& report) {
  if (!report.status.ok()) return kFailed;
  for (const StepReport& step : report.steps) {
    const Tally& calls = step.result.total.calls;
    if (calls.ends[kWrong] > 0 || calls.answered() == 0) return kFailed;
  }
  if (report.search && !report.search->kept) return kFailed;
  const bool slow = std::any_of(report.steps.begin(), report.steps.end(),
                                [](const StepReport& step) { return !step.limits.empty(); });
  return slow ? kSlowSelf : kMeasured;
}

}  // namespace

ExitStatus Run(const CommandLine& line, const std::atomic<bool>& interrupted) {
  const scenario::Scenario& scenario = line.settings.scenario;
  const absl::StatusOr<Plan> plan = MakePlan(line.settings);
  if (!plan.ok()) return Fail(kUsage, std::string(plan.status().message()));
  const absl::StatusOr<Workload> workload = MakeWorkload(line.settings);
  if (!workload.ok()) return Fail(kUsage, std::string(workload.status().message()));
  const absl::StatusOr<client::Credentials> credentials = client::ReadCredentials(line.credentials);
  if (!credentials.ok()) return Fail(kUsage, std::string(credentials.status().message()));
  if (const absl::Status status = CheckWritable(line.files); !status.ok())
    return Fail(kUsage, std::string(status.message()));

  CallSettings settings{.options = {.deadline = absl::Nanoseconds(plan->deadline)}, .check = scenario.check()};
  settings.options.retry.attempts = 1;  // what is retried would be one slow answer instead of a failure
  settings.options.credentials = *credentials;
  const auto driver =
      GrpcDriver::Connect(scenario.server(), settings, static_cast<int>(scenario.connections()),
                          static_cast<int>(scenario.threads()), *workload, scenario.seed(), interrupted);
  client::ServerOptions server;
  server.address = scenario.server();
  server.credentials = line.credentials;
  if (!driver.ok()) return Fail(kFailed, client::Explain(driver.status(), server));
  if (const absl::Status status = (*driver)->TryAll(); !status.ok())
    return Fail(kFailed, client::Explain(status, server));
  if (scenario.has_metrics()) {
    if (const auto page = Scrape(scenario.metrics()); !page.ok())
      return Fail(kFailed, absl::StrCat(std::string(page.status().message()), " (--metrics)"));
  }

  Report report{.version = ACTSERVE_VERSION,
                .grpc = grpc::Version(),
                .date = absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::Now(), absl::UTCTimeZone()),
                .server = scenario.server(),
                .settings = PrintText(scenario),
                .cores = Cores(),
                .machine = measure::ThisMachine()};
  for (const auto& kind : *workload)
    report.kinds.push_back({kind->name(), kind->weight(), kind->elements(), kind->bytes()});
  Progress progress(line.progress);
  Runner runner(scenario, *plan, **driver, progress, report);
  plan->search ? runner.Find(*plan->search) : runner.Sweep();
  Print(report);
  const absl::Status written = WriteAll(line.files, report);
  if (!written.ok()) return Fail(kFailed, std::string(written.message()));
  if (!report.status.ok())
    return Fail(kFailed, report.status.code() == absl::StatusCode::kUnavailable
                             ? absl::StrCat("the server stopped answering; ", client::Explain(report.status, server))
                             : std::string(report.status.message()));
  return Verdict(report);
}

}  // namespace actserve::load
