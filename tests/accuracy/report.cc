#include "tests/accuracy/report.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "tests/accuracy/peer.h"
#include "tests/kernels/judge.h"

namespace actserve::accuracy {
namespace {

using Line = std::vector<std::string>;

std::string Table(const std::vector<Line>& lines) {
  std::vector<size_t> widths(lines[0].size());
  for (const Line& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const Line& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) text += "| " + line[i] + std::string(widths[i] - line[i].size() + 1, ' ');
    text += "|\n";
    if (&line != &lines[0]) continue;
    for (const size_t width : widths) text += "| " + std::string(width, '-') + " ";
    text += "|\n";
  }
  return text;
}

std::string Ulp(double ulp) {
  // Rounded up: a figure here is a bound.
  return ulp < 1e6 ? absl::StrFormat("%.4g", std::ceil(ulp * 1e3) / 1e3) : absl::StrFormat("%.1e", ulp);
}
std::string Share(int64_t part, int64_t whole) {
  if (part == whole) return "100 %";
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  return absl::StrFormat("%.4f %%", std::floor(percent * 1e4) / 1e4);  // never 100
}
std::string Verdict(const Row& row) {
  const Tally& t = row.kernels();
  if (t.wrong > 0) return absl::StrFormat("short: %d wrong, at %s", t.wrong, t.wrong_at);
  return row.met() ? "met" : "short";
}

std::string TableOfType(const std::vector<Row>& rows, DataType type) {
  std::vector<Line> lines = {
      {"function", "direction", "max ULP", "at", "correctly rounded", "not", "over 1 ULP", "goal", ""}};
  if (type == DataType::kF32) {
    for (const Peer& peer : Peers()) lines[0].push_back(peer.name);
  }
  for (const Row& row : rows) {
    if (row.subject.type != type || !row.is_default) continue;
    const Tally& t = row.kernels();
    Line line = {std::string(row.subject.function->info.name),
                 std::string(Name(row.subject.direction)),
                 Ulp(t.max_ulp),
                 t.worst,
                 Share(t.correct, t.inputs),
                 absl::StrFormat("%d", t.inputs - t.correct),
                 absl::StrFormat("%d", t.over_one),
                 absl::StrFormat("%g", row.goal),
                 Verdict(row)};
    for (size_t i = line.size(); i < lines[0].size(); ++i) {
      const Tally* peer = row.peer(lines[0][i]);
      const bool wrong = peer != nullptr && peer->wrong > 0;
      line.push_back(peer == nullptr ? "" : Ulp(peer->max_ulp) + (wrong ? "; wrong at " + peer->wrong_at : ""));
    }
    lines.push_back(std::move(line));
  }
  return lines.size() > 1 ? Table(lines) : "";
}

std::string TableOfOtherSettings(const std::vector<Row>& rows) {
  std::vector<Line> lines = {{"function", "direction", "type", "max ULP", "with", "at", "goal", ""}};
  for (const Row& row : rows) {
    if (row.is_default) continue;
    const oracle::Reference& reference = row.subject.reference();
    std::string setting;
    for (size_t i = 0; i < reference.params.size(); ++i) {
      const std::vector<double>& values = reference.settings[row.subject.setting][i];
      setting += absl::StrFormat(
          "%s%s = %s", i == 0 ? "" : ", ", reference.params[i],
          values.size() == 1 ? absl::StrFormat("%g", values[0]) : absl::StrFormat("%d numbers", values.size()));
    }
    const Tally& t = row.kernels();
    lines.push_back({std::string(row.subject.function->info.name), std::string(Name(row.subject.direction)),
                     std::string(actserve::Name(row.subject.type)), Ulp(t.max_ulp), setting, t.worst,
                     absl::StrFormat("%g", row.goal), Verdict(row)});
  }
  return lines.size() > 1 ? Table(lines) : "";
}

std::string TitleOf(DataType type) {
  switch (type) {
    case DataType::kF32: return "f32";
    case DataType::kF64: return "f64";
    case DataType::kF16: return "f16";
    case DataType::kBF16: return "bf16";
    default: break;
  }
  return "";
}

}  // namespace

std::string Tables(const std::vector<Row>& rows) {
  std::string text;
  const auto add = [&text](const std::string& title, const std::string& table) {
    if (!table.empty()) text += absl::StrFormat("## %s\n\n%s\n", title, table);
  };
  for (const DataType type : {DataType::kF32, DataType::kF64, DataType::kF16, DataType::kBF16}) {
    add(TitleOf(type), TableOfType(rows, type));
  }
  add("Other parameters", TableOfOtherSettings(rows));
  return text;
}

std::string Page(const std::vector<Row>& rows, const Circumstances& c) {
  double uncertainty = 0;
  for (const Row& row : rows) uncertainty = std::max(uncertainty, row.kernels().uncertainty);
  std::string peers;
  for (const Peer& peer : Peers())
    peers += absl::StrFormat("%s%s %s", peers.empty() ? "" : " and ", peer.name, peer.version);
  const std::string measured =
      c.quick ? "f16 and bf16 are measured at every number there is, f32 and f64 at a stratified sample"
              : "f32, f16 and bf16 are measured at every number there is, f64 at a stratified sample";
  const std::string compared =
      peers.empty() ? "" : "The last columns of f32 are the largest errors of " + peers + " at the same inputs.\n";
  return absl::StrFormat(
      "# Accuracy\n\n"
      "Written by `./dev accuracy%s`, for version %s, on %s; `tests/accuracy/README.md` says how it measures.\n\n"
      "An error is the distance from the exact value in units of the last place there (ULP), a correctly rounded "
      "result\n"
      "the number nearest to the exact value. %s;\n"
      "functions of rows with rows of several lengths and kinds. \"At\" is the input of the largest error; at no "
      "input\n"
      "that was measured is it exceeded by more than %.1e ULP. Derivatives of functions of rows, and other sums that\n"
      "cancel, are measured in units of their terms.\n%s\n%s",
      c.quick ? " --quick" : "", c.version, c.date, measured, uncertainty, compared, Tables(rows));
}

std::string Json(const std::vector<Row>& rows, const Circumstances& c) {
  std::string text = absl::StrFormat("{\n  \"version\": \"%s\",\n  \"date\": \"%s\",\n  \"quick\": %s,\n  \"rows\": [",
                                     c.version, c.date, c.quick ? "true" : "false");
  const char* comma = "\n";
  for (const Row& row : rows) {
    for (const auto& [name, t] : row.tallies) {
      // JSON has no infinity.
      const std::string ulp = std::isfinite(t.max_ulp) ? absl::StrFormat("%.17g", t.max_ulp) : "\"infinity\"";
      text += absl::StrFormat(
          "%s    {\"library\": \"%s\", \"function\": \"%s\", \"direction\": \"%s\", \"type\": \"%s\", \"default\": %s,"
          " \"inputs\": %d, \"max_ulp\": %s, \"worst_input\": \"%s\", \"correctly_rounded\": %d, \"over_one_ulp\": %d,"
          " \"wrong\": %d, \"uncertainty_ulp\": %.3g, \"goal_ulp\": %g}",
          comma, name, row.subject.function->info.name, Name(row.subject.direction), actserve::Name(row.subject.type),
          row.is_default ? "true" : "false", t.inputs, ulp, t.worst, t.correct, t.over_one, t.wrong, t.uncertainty,
          row.goal);
      comma = ",\n";
    }
  }
  return text + "\n  ]\n}\n";
}

}  // namespace actserve::accuracy
