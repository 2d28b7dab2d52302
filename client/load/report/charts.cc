#include "client/load/report/charts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/load/report/chart.h"
#include "client/load/report/format.h"

namespace actserve::load {
namespace {

// Least and most of what was added; without anything that is above 0, least is above most.
struct Span {
  double least = INFINITY, most = 0;
  void Add(double value) {
    if (value > 0) least = std::min(least, value);
    most = std::max(most, value);
  }
};

Axis LatencyAxis(const Span& span) { return LogAxis("latency", span.least, span.most, FormatNanos); }

// The steps of a search, which goes back and forth, by their rates; others as they were run.
std::vector<const StepReport*> InOrder(const Report& report) {
  std::vector<const StepReport*> steps;
  for (const StepReport& step : report.steps) steps.push_back(&step);
  if (report.search) {
    std::sort(steps.begin(), steps.end(),
              [](const StepReport* a, const StepReport* b) { return a->result.offer.rate < b->result.offer.rate; });
  }
  return steps;
}

Figure ThroughputAgainstLatency(const Report& report) {
  struct Quantile {
    const char* name;
    const char* color;
    double q;
  };
  constexpr Quantile kDrawn[] = {{"p50", "var(--a)", 0.5}, {"p99", "var(--b)", 0.99}, {"p99.9", "var(--c)", 0.999}};
  Span rates, latencies;
  Chart chart;
  for (const Quantile& quantile : kDrawn) {
    Line& line = chart.lines.emplace_back(Line{.name = quantile.name, .color = quantile.color});
    for (const StepReport* step : InOrder(report)) {
      const StepResult& result = step->result;
      const double latency = result.total.calls.latency.Quantile(quantile.q);
      rates.Add(result.rate);
      latencies.Add(latency);
      line.points.emplace_back(result.rate, latency);
      line.labels.push_back(absl::StrFormat("%s: %s answers/s, %s %s", LoadName(result.offer), FormatCount(result.rate),
                                            quantile.name, FormatNanos(latency)));
    }
  }
  if (report.search) {
    const auto limit = static_cast<double>(report.search->objective.limit);
    latencies.Add(limit);
    chart.lines.push_back({.name = report.search->objective.ToString(),
                           .color = "var(--d)",
                           .points = {{0, limit}, {rates.most, limit}},
                           .dashed = true});
  }
  chart.x = LinearAxis("answers a second", 0, rates.most, FormatCount);
  chart.y = LatencyAxis(latencies);
  return {"Throughput and latency", "A point a step. Where latency climbs and throughput does not is the capacity.",
          LineChart(chart)};
}

Figure Distribution(const Report& report) {
  Span latencies, nines;
  Chart chart;
  for (size_t i = 0; i < report.steps.size(); ++i) {
    const measure::Histogram& latency = report.steps[i].result.total.calls.latency;
    Line& line = chart.lines.emplace_back(
        Line{.name = LoadName(report.steps[i].result.offer), .color = RampColor(i, report.steps.size())});
    for (const double q : DistributionQuantiles(latency.count())) {
      // 1, the slowest call, is drawn where the quantile of so many calls would be.
      const double at = q < 1 ? -std::log10(1 - q) : std::log10(static_cast<double>(latency.count()));
      line.points.emplace_back(at, latency.Quantile(q));
      latencies.Add(latency.Quantile(q));
      nines.Add(at);
    }
  }
  chart.x = {.title = "percentile",
             .low = 0,
             .high = std::max(1.0, nines.most),
             .ticks = {{0, "0 %"}, {-std::log10(0.5), "50 %"}}};
  for (int n = 1; n <= chart.x.high; ++n) {
    const std::string label = n == 1 ? "90" : n == 2 ? "99" : "99." + std::string(n - 2, '9');
    chart.x.ticks.push_back({static_cast<double>(n), label + " %"});
  }
  chart.y = LatencyAxis(latencies);
  return {"Latency distribution",
          "From when a call was to begin to its answer; each nine takes as much room as the one before.",
          LineChart(chart)};
}

Figure LatencyOverTime(const Report& report) {
  Span latencies;
  Chart chart;
  Line p50{.name = "p50", .color = "var(--a)", .breaks = true}, p99{.name = "p99", .color = "var(--b)", .breaks = true},
      max{.name = "slowest", .color = "var(--c)", .dashed = true, .breaks = true};
  double start = 0;
  for (const StepReport& step : report.steps) {
    chart.sections.push_back({start, LoadName(step.result.offer)});
    for (const Window& window : step.result.windows) {
      const double at = start + ToSeconds(window.begin + window.end) / 2;
      const std::string when = absl::StrFormat("%s, %.1f s: %s answers/s, ", LoadName(step.result.offer),
                                               ToSeconds(window.end), FormatCount(window.rate()));
      for (const auto& [line, value] : {std::pair(&p50, window.p50), {&p99, window.p99}, {&max, window.max}}) {
        const auto nanos = static_cast<double>(value);
        line->points.emplace_back(at, nanos);
        line->labels.push_back(absl::StrCat(when, line->name, " ", FormatNanos(nanos)));
        latencies.Add(nanos);
      }
    }
    start += step.result.seconds;
    for (Line* line : {&p50, &p99, &max}) {  // a gap
      line->points.emplace_back(NAN, NAN);
      line->labels.emplace_back();
    }
  }
  // Names beside each other need room.
  if (chart.sections.size() > 6) {
    for (size_t i = 0; i < chart.sections.size(); ++i) {
      if (i % ((chart.sections.size() + 5) / 6) != 0) chart.sections[i].label.clear();
    }
  }
  chart.lines = {p50, p99, max};
  chart.x = LinearAxis("seconds of measuring, one step after the other", 0, start,
                       [](double seconds) { return absl::StrFormat("%g", seconds); });
  chart.y = LatencyAxis(latencies);
  return {"Latency over time", "Of the calls that ended in a window.", LineChart(chart)};
}

Figure WhereTimeGoes(const Report& report) {
  const std::vector<Part> parts = {{"kernel", "var(--d)"},
                                   {"queue", "var(--b)"},
                                   {"rest of the server", "var(--e)"},
                                   {"transport, and gRPC at both ends", "var(--a)"},
                                   {"held: too many in flight", "var(--c)"},
                                   {"actload was late", "var(--f)"}};
  std::vector<Bar> bars;
  for (const StepReport& step : report.steps) {
    if (!step.server || step.server->requests <= 0) continue;
    const ServerWork& work = *step.server;
    const double service = step.result.total.service.mean(), all = step.result.total.calls.latency.mean();
    const double late = std::min(step.result.total.delay.mean(), std::max(0.0, all - service));
    // Threads side by side compute for longer than the request takes.
    const double kernel = std::min(work.kernel, std::max(0.0, work.request - work.queue));
    Bar& bar = bars.emplace_back(
        Bar{absl::StrCat(LoadName(step.result.offer), ": ", FormatNanos(all)),
            {kernel * 1e9, work.queue * 1e9, work.rest() * 1e9, std::max(0.0, service - work.request * 1e9),
             std::max(0.0, all - service - late), late}});
    const double sum = std::accumulate(bar.values.begin(), bar.values.end(), 0.0);
    for (double& value : bar.values) value /= sum;
  }
  if (bars.empty()) return {};
  return {"Where the time goes",
          "Shares of the mean latency: what the server's metrics say, and what is left of what actload saw.",
          BarChart(parts, bars, "share of the mean latency", FormatPercent)};
}

Figure Cores(const Report& report) {
  Span rates, cores;
  Line server{.name = "server", .color = "var(--d)"}, actload{.name = "actload", .color = "var(--a)"},
      thread{.name = "actload's busiest thread", .color = "var(--f)", .dashed = true};
  for (const StepReport* step : InOrder(report)) {
    const StepResult& result = step->result;
    rates.Add(result.rate);
    const auto add = [&](Line& line, double seconds) {
      const double used = seconds / result.seconds;
      cores.Add(used);
      line.points.emplace_back(result.rate, used);
      line.labels.push_back(absl::StrFormat("%s: %s uses %.2f cores", LoadName(result.offer), line.name, used));
    };
    if (step->server) add(server, step->server->cpu);
    add(actload, result.effort.process);
    add(thread, result.effort.busiest_thread);
  }
  const Chart chart{
      .x = LinearAxis("answers a second", 0, rates.most, FormatCount),
      .y = LinearAxis("cores in use", 0, cores.most, [](double used) { return absl::StrFormat("%.3g", used); }),
      .lines = {server, actload, thread}};
  return {"Who works", "A thread of actload's that needs a whole core sets the pace, and not the server.",
          LineChart(chart)};
}

Figure Errors(const Report& report) {
  std::vector<Part> parts;
  std::vector<int> ends;
  constexpr const char* kColors[] = {"var(--c)", "var(--b)", "var(--e)", "var(--a)", "var(--d)"};
  for (int end = kOk + 1; end < kEnds; ++end) {
    const bool any = std::any_of(report.steps.begin(), report.steps.end(),
                                 [&](const StepReport& step) { return step.result.total.calls.ends[end] > 0; });
    if (!any) continue;
    parts.push_back({std::string(EndName(end)), kColors[parts.size() % std::size(kColors)]});
    ends.push_back(end);
  }
  const bool unsent = std::any_of(report.steps.begin(), report.steps.end(),
                                  [](const StepReport& step) { return step.result.unsent > 0; });
  if (unsent) parts.push_back({"never sent", "var(--f)"});
  if (parts.empty()) return {"Calls that failed", "None.", "<p class='none'>0</p>"};
  std::vector<Bar> bars;
  for (const StepReport& step : report.steps) {
    Bar& bar = bars.emplace_back(Bar{LoadName(step.result.offer), {}});
    for (const int end : ends) bar.values.push_back(static_cast<double>(step.result.total.calls.ends[end]));
    if (unsent) bar.values.push_back(static_cast<double>(step.result.unsent));
  }
  return {"Calls that failed",
          "By status code. Calls that were to begin and did not, before the step was over, were never sent.",
          BarChart(parts, bars, "calls", FormatCount)};
}

}  // namespace

std::vector<Figure> Figures(const Report& report) {
  std::vector<Figure> figures;
  const bool measured = std::any_of(report.steps.begin(), report.steps.end(),
                                    [](const StepReport& step) { return step.result.rate > 0; });
  if (measured) {
    if (report.steps.size() > 1) figures.push_back(ThroughputAgainstLatency(report));
    figures.push_back(Distribution(report));
    figures.push_back(LatencyOverTime(report));
    figures.push_back(WhereTimeGoes(report));
    if (report.steps.size() > 1) figures.push_back(Cores(report));
  }
  figures.push_back(Errors(report));
  std::erase_if(figures, [](const Figure& figure) { return figure.svg.empty(); });
  return figures;
}

}  // namespace actserve::load
