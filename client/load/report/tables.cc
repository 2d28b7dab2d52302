#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/load/report/format.h"
#include "client/load/report/report.h"

namespace actserve::load {
namespace {

using measure::Table;

std::string Failed(const StepResult& result) {
  std::string text;
  for (int end = kOk + 1; end < kEnds; ++end) {
    const int64_t count = result.total.calls.ends[end];
    if (count > 0) absl::StrAppend(&text, text.empty() ? "" : ", ", std::string(EndName(end)), " ", count);
  }
  if (result.unsent > 0) absl::StrAppend(&text, text.empty() ? "" : ", ", "not sent ", result.unsent);
  return text.empty() ? "0" : text;
}

Table Steps(const Report& report) {
  Table table{.title = "Load, throughput, latency",
              .header = {"load", "answers/s", "p50", "p90", "p99", "p99.9", "max", "windows", "compared", "failed"},
              .rows = {}};
  for (const StepReport& step : report.steps) {
    const StepResult& result = step.result;
    std::vector<std::string> row = {LoadName(result.offer), FormatCount(result.rate)};
    for (const double q : kQuantiles) row.push_back(FormatNanos(result.total.calls.latency.Quantile(q)));
    row.push_back(FormatNanos(static_cast<double>(result.total.calls.latency.max())));
    row.push_back(absl::StrCat(result.windows.size(), result.stable ? ", stable" : ""));
    row.push_back(absl::StrCat(result.total.checked));
    row.push_back(Failed(result));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table Kinds(const Report& report, const StepReport& step) {
  Table table{.title = "Calls of the mix at " + LoadName(step.result.offer),
              .header = {"call", "answers", "elements", "request", "p50", "p99", "max", "failed"},
              .rows = {}};
  for (size_t i = 0; i < report.kinds.size() && i < step.result.total.kinds.size(); ++i) {
    const KindReport& kind = report.kinds[i];
    const Tally& tally = step.result.total.kinds[i];
    table.rows.push_back({kind.name, absl::StrCat(tally.answered()), FormatCount(static_cast<double>(kind.elements)),
                          FormatBytes(static_cast<double>(kind.bytes)), FormatNanos(tally.latency.Quantile(0.5)),
                          FormatNanos(tally.latency.Quantile(0.99)),
                          FormatNanos(static_cast<double>(tally.latency.max())), absl::StrCat(tally.failed())});
  }
  return table;
}

// Means of a request, CPU time, and whether actload kept up.
Table Server(const Report& report) {
  Table table{.title = "Where a request's time goes (means), and cores in use",
              .header = {"load", "late", "held", "transport", "queue", "kernel", "rest of server", "server", "actload",
                         "rejected", "kept up"},
              .rows = {}};
  for (const StepReport& step : report.steps) {
    const StepResult& result = step.result;
    const double service = result.total.service.mean(), all = result.total.calls.latency.mean();
    const double late = std::min(result.total.delay.mean(), std::max(0.0, all - service));
    std::vector<std::string> row = {LoadName(result.offer), FormatNanos(late),
                                    FormatNanos(std::max(0.0, all - service - late))};
    if (step.server) {
      row.push_back(FormatNanos(std::max(0.0, service - step.server->request * 1e9)));
      for (const double seconds : {step.server->queue, step.server->kernel, step.server->rest()})
        row.push_back(FormatNanos(seconds * 1e9));
      row.push_back(absl::StrFormat("%.2f", step.server->cpu / result.seconds));
    } else {
      row.insert(row.end(), 5, "-");
    }
    row.push_back(absl::StrFormat("%.2f", result.effort.process / result.seconds));
    row.push_back(step.server ? FormatCount(step.server->rejected) : "-");
    row.emplace_back(step.limits.empty() ? "yes" : "no");
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

std::vector<Table> Tables(const Report& report) {
  std::vector<Table> tables = {Steps(report), Server(report)};
  if (report.kinds.size() > 1 && !report.steps.empty()) tables.push_back(Kinds(report, report.steps.back()));
  return tables;
}

}  // namespace actserve::load
