#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/bench/report/arithmetic.h"
#include "tests/bench/report/report.h"
#include "tests/bench/report/statistics.h"

namespace actserve::bench {
namespace {

std::string Speed(const Entrant* entrant) { return entrant ? absl::StrFormat("%.2f", GigaElements(*entrant)) : ""; }

std::string Ratio(const Entrant* entrant, const Entrant* other) {
  return entrant && other ? absl::StrFormat("%.2f", Speedup(*entrant, *other)) : "";
}

// The share of the roof's bytes a second.
std::string Share(const Entrant* entrant, const Entrant* roof) {
  return entrant && roof ? absl::StrFormat("%.2f", PairedRatio(roof->seconds, entrant->seconds)) : "";
}

std::string Key(const Subject& subject) {
  return absl::StrCat(subject.type, " ", subject.direction, ", ", subject.target);
}

// Tables of a group's results, one for each key, in the order that keys come; rows by `row`, which gets a new row's
// name and is to fill the cells that a result is about.
class Pivot {
 public:
  Pivot(std::string title, std::vector<std::string> header) : title_(std::move(title)), header_(std::move(header)) {}

  // The cells of a row, all empty when it is new; the first is its name.
  std::vector<std::string>& Row(const std::string& key, const std::string& name) {
    size_t at = 0;
    while (at < keys_.size() && keys_[at] != key) ++at;
    if (at == keys_.size()) {
      keys_.push_back(key);
      tables_.push_back({.title = absl::StrCat(title_, ": ", key), .header = header_, .rows = {}});
    }
    for (auto& row : tables_[at].rows) {
      if (row[0] == name) return row;
    }
    tables_[at].rows.emplace_back(header_.size());
    tables_[at].rows.back()[0] = name;
    return tables_[at].rows.back();
  }

  void MoveTo(std::vector<measure::Table>& tables) {
    for (measure::Table& table : tables_) tables.push_back(std::move(table));
  }

 private:
  std::string title_;
  std::vector<std::string> header_, keys_;
  std::vector<measure::Table> tables_;
};

void AddSizes(const Report& report, std::vector<measure::Table>& tables) {
  Pivot pivot("Gelements/s and times oneDNN",
              {"function", "L1", "with call", "/oneDNN", "L2", "/oneDNN", "/f32", "DRAM", "/oneDNN", "/f32", "/copy"});
  for (const Result& result : report.results) {
    const Subject& subject = result.subject;
    if (subject.group != "sizes" || subject.data != "normal") continue;
    auto& row = pivot.Row(Key(subject), subject.function);
    const Entrant *ours = result.Find(kOurs), *peer = result.Find(kPeer), *f32 = result.Find(kF32);
    if (subject.size == "L1") {
      row[1] = Speed(ours), row[2] = Speed(result.Find(kOursWithCall)), row[3] = Ratio(ours, peer);
    } else if (subject.size == "L2") {
      row[4] = Speed(ours), row[5] = Ratio(ours, peer), row[6] = Ratio(ours, f32);
    } else {
      row[7] = Speed(ours), row[8] = Ratio(ours, peer), row[9] = Ratio(ours, f32), row[10] = Share(ours, result.Roof());
    }
  }
  pivot.MoveTo(tables);
}

// The roofs, of all contests together.
void AddRoofs(const Report& report, std::vector<measure::Table>& tables) {
  std::map<std::string, std::vector<double>> speeds;
  for (const Result& result : report.results) {
    for (const Entrant& entrant : result.entrants) {
      if (entrant.name.starts_with(kRoofPrefix)) speeds[entrant.name].push_back(GigaBytes(entrant));
    }
  }
  if (speeds.empty()) return;
  measure::Table table{
      .title = "Roofs: GB/s read and written in DRAM", .header = {"roof", "least", "median", "most"}, .rows = {}};
  for (auto& [name, values] : speeds) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    std::vector<std::string> row = {name.substr(kRoofPrefix.size())};
    for (const double value : {*least, Median(values), *most}) row.push_back(absl::StrFormat("%.1f", value));
    table.rows.push_back(std::move(row));
  }
  tables.push_back(std::move(table));
}

void AddWide(const Report& report, std::vector<measure::Table>& tables) {
  Pivot pivot("Gelements/s in L2 of inputs spread over [-100, 100]", {"function", "actserve", "oneDNN", "/oneDNN"});
  for (const Result& result : report.results) {
    if (result.subject.data != "wide") continue;
    const Entrant *ours = result.Find(kOurs), *peer = result.Find(kPeer);
    auto& row = pivot.Row(Key(result.subject), result.subject.function);
    row[1] = Speed(ours), row[2] = Speed(peer), row[3] = Ratio(ours, peer);
  }
  pivot.MoveTo(tables);
}

void AddRows(const Report& report, std::vector<measure::Table>& tables) {
  Pivot pivot("Gelements/s in L2 by function and the length of its rows",
              {"function, row", "actserve", "/oneDNN", "/oneDNN from y", "/softmax"});
  for (const Result& result : report.results) {
    if (result.subject.group != "rows") continue;
    auto& row = pivot.Row(Key(result.subject), result.subject.function + ", " + result.subject.size);
    const Entrant* ours = result.Find(kOurs);
    row[1] = Speed(ours), row[2] = Ratio(ours, result.Find(kPeer)), row[3] = Ratio(ours, result.Find(kPeerFromResult));
    row[4] = Ratio(ours, result.Find(kSoftmax));
  }
  pivot.MoveTo(tables);
}

// Contests whose entrants are all ours: a column for each.
void AddEntrants(const Report& report, std::string_view group, const std::string& title,
                 std::vector<measure::Table>& tables) {
  std::map<std::string, Pivot> pivots;  // lengths that a level holds depend on the direction
  for (const Result& result : report.results) {
    if (result.subject.group != group) continue;
    std::vector<std::string> header = {"function"}, cells;
    for (const Entrant& entrant : result.entrants) {
      header.push_back(entrant.name);
      cells.push_back(Speed(&entrant));
    }
    const std::string key = absl::StrCat(Key(result.subject), ", ", result.subject.size);
    auto& row = pivots.try_emplace(key, title, header).first->second.Row(key, result.subject.function);
    std::copy(cells.begin(), cells.end(), row.begin() + 1);
  }
  for (auto& [key, pivot] : pivots) pivot.MoveTo(tables);
}

// Of a call's bytes those of the input are half: the output is as large.
std::string ShareOfDense(const Entrant& bitmap, const Entrant& dense) {
  const double half = static_cast<double>(dense.bytes) / 2;
  return absl::StrFormat("%.1f %%", 100 * (static_cast<double>(bitmap.bytes) - half) / half);
}

void AddZeros(const Report& report, std::vector<measure::Table>& tables) {
  Pivot pivot("Gelements/s of outputs without their zeros",
              {"function, data", "bytes of dense", "L2", "bitmap", "/dense", "made dense", "DRAM", "bitmap", "/dense",
               "made dense"});
  for (const Result& result : report.results) {
    const Subject& subject = result.subject;
    const Entrant *dense = result.Find(kOurs), *bitmap = result.Find(kBitmap);
    if (subject.group != "zeros" || dense == nullptr || bitmap == nullptr) continue;
    auto& row = pivot.Row(Key(subject), subject.function + ", " + subject.data);
    row[1] = ShareOfDense(*bitmap, *dense);
    const size_t at = subject.size == "L2" ? 2 : 6;
    row[at] = Speed(dense), row[at + 1] = Speed(bitmap), row[at + 2] = Ratio(bitmap, dense);
    row[at + 3] = Speed(result.Find(kMadeDense));
  }
  pivot.MoveTo(tables);
}

void AddProfiles(const Report& report, std::vector<measure::Table>& tables) {
  Pivot pivot("GB/s of Profile, beside reading",
              {"data", "L2", "/read", "by channel", "/read", "DRAM", "/read", "by channel", "/read"});
  for (const Result& result : report.results) {
    const Subject& subject = result.subject;
    const Entrant *whole = result.Find(kOurs), *by_channel = result.Find(kByChannel), *read = result.Roof();
    if (subject.group != "profile" || whole == nullptr || by_channel == nullptr) continue;
    auto& row = pivot.Row(subject.target, absl::StrCat(subject.type, ", ", subject.data));
    const size_t at = subject.size == "L2" ? 1 : 5;
    row[at] = absl::StrFormat("%.1f", GigaBytes(*whole)), row[at + 1] = Ratio(whole, read);
    row[at + 2] = absl::StrFormat("%.1f", GigaBytes(*by_channel)), row[at + 3] = Ratio(by_channel, read);
  }
  pivot.MoveTo(tables);
}

}  // namespace

std::string Heading(const Report& report) {
  return absl::StrFormat("actserve %s beside %s, one thread; %s; %s%s.\n", report.version, report.peer,
                         report.machine.ToString(), report.date, report.quick ? "; quick, so with more noise" : "");
}

std::vector<measure::Table> Tables(const Report& report) {
  std::vector<measure::Table> tables = {GoalTable(JudgeGoals(report.results))};
  AddSizes(report, tables);
  AddRoofs(report, tables);
  measure::Table arithmetic = ArithmeticTable(report.results);
  if (!arithmetic.rows.empty()) tables.push_back(std::move(arithmetic));
  AddRows(report, tables);
  AddEntrants(report, "axes", "Gelements/s by axis", tables);
  AddEntrants(report, "bytes", "Gelements/s of 8 bits, beside copies", tables);
  AddEntrants(report, "lengths", "Gelements/s by the number of elements", tables);
  AddWide(report, tables);
  AddZeros(report, tables);
  AddProfiles(report, tables);
  return tables;
}

}  // namespace actserve::bench
