// The page: what it says first, then its charts (charts.cc), then the tables.
#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/load/report/chart.h"
#include "client/load/report/charts.h"
#include "client/load/report/format.h"
#include "client/load/report/report.h"
#include "client/load/report/style.h"

namespace actserve::load {
namespace {

std::string Tile(std::string_view figure, std::string_view what) {
  return absl::StrFormat("<div class='tile'><b>%s</b><span>%s</span></div>\n", Escape(std::string(figure)),
                         Escape(std::string(what)));
}

std::string Tiles(const Report& report) {
  int64_t answered = 0, failed = 0, compared = 0;
  const StepReport* best = nullptr;
  double elements = 0;
  for (const StepReport& step : report.steps) {
    answered += step.result.total.calls.answered();
    failed += step.result.total.calls.failed() + step.result.unsent;
    compared += step.result.total.checked;
    if (best == nullptr || step.result.rate > best->result.rate) best = &step;
  }
  std::string html = "<div class='tiles'>\n";
  if (best != nullptr) {
    const StepResult& result = best->result;
    const Tally& calls = result.total.calls;
    for (size_t i = 0; i < report.kinds.size() && i < result.total.kinds.size(); ++i)
      elements += static_cast<double>(report.kinds[i].elements * result.total.kinds[i].answered());
    if (calls.answered() > 0) elements *= result.rate / static_cast<double>(calls.answered());
    html += Tile(FormatCount(result.rate) + "/s", "most answers, at " + LoadName(result.offer));
    html += Tile(FormatCount(elements) + "/s", "elements, there");
    html += Tile(FormatNanos(calls.latency.Quantile(0.5)), "median latency, there");
    html += Tile(FormatNanos(calls.latency.Quantile(0.99)), "p99 latency, there");
  }
  if (report.search && report.search->kept)
    html += Tile(FormatCount(*report.search->kept) + "/s", "keep " + report.search->objective.ToString());
  html += Tile(FormatCount(static_cast<double>(answered)),
               "answers; " + FormatCount(static_cast<double>(compared)) + " compared bit for bit");
  html += Tile(FormatCount(static_cast<double>(failed)), "failed, wrong or never sent");
  return html + "</div>\n";
}

std::string Banners(const Report& report) {
  std::string html;
  if (const std::string found = SearchText(report); !found.empty())
    absl::StrAppend(&html, "<div class='banner good'>", Escape(found), "</div>\n");
  const std::vector<std::string> warnings = Warnings(report);
  for (const std::string& warning : warnings) {
    const bool is_bad = !report.status.ok() && &warning == &warnings.front();
    absl::StrAppend(&html, "<div class='banner ", is_bad ? "bad" : "warn", "'>", Escape(warning), "</div>\n");
  }
  if (warnings.empty())
    html +=
        "<div class='banner good'>actload kept up with every step: what is slow here is the server, or the way to "
        "it.</div>\n";
  return html;
}

std::string TableHtml(const measure::Table& table) {
  std::string html = "<table><thead><tr>";
  for (const std::string& cell : table.header) absl::StrAppend(&html, "<th>", Escape(cell), "</th>");
  html += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (const std::string& cell : row) absl::StrAppend(&html, "<td>", Escape(cell), "</td>");
    html += "</tr>\n";
  }
  return html + "</tbody></table>";
}

}  // namespace

std::string ToHtml(const Report& report) {
  std::string html = absl::StrCat(
      "<!DOCTYPE html>\n<html xmlns='http://www.w3.org/1999/xhtml' lang='en'>\n<head><meta charset='utf-8'/>"
      "<meta name='viewport' content='width=device-width, initial-scale=1'/><title>actload: ",
      Escape(report.server), ", ", Escape(report.date), "</title>\n<style>", kStyle, "</style></head>\n<body>\n");
  absl::StrAppend(&html, "<h1>Load test of ", Escape(report.server), "</h1>\n<p class='dim'>", Escape(report.date),
                  ". actload ", Escape(report.version), ", gRPC ", Escape(report.grpc), ", ", report.cores,
                  report.cores == 1 ? " core of " : " cores of ", Escape(report.machine.cpu), ".</p>\n",
                  Banners(report), Tiles(report), "<div class='charts'>\n");
  for (const Figure& figure : Figures(report)) {
    absl::StrAppend(&html, "<section><h2>", Escape(figure.title), "</h2><p class='note'>", Escape(figure.note),
                    "</p>\n", figure.svg, "</section>\n");
  }
  html += "</div>\n";
  for (const measure::Table& table : Tables(report))
    absl::StrAppend(&html, "<section class='wide'><h2>", Escape(table.title), "</h2>\n", TableHtml(table),
                    "</section>\n");
  absl::StrAppend(&html, "<section class='wide'><details><summary>Settings of this run</summary><pre>",
                  Escape(report.settings), "</pre></details></section>\n</body>\n</html>\n");
  return html;
}

}  // namespace actserve::load
