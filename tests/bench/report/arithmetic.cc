#include "tests/bench/report/arithmetic.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace actserve::bench {

std::optional<double> ArithmeticShare(std::span<const Result> results, const Result& in_dram) {
  Subject wanted = in_dram.subject;
  wanted.size = "L1";
  const std::string name = wanted.ToString();
  for (const Result& result : results) {
    const Entrant *ours = result.Find(kOurs), *roof = in_dram.Roof();
    if (ours != nullptr && roof != nullptr && result.subject.ToString() == name)
      return GigaBytes(*ours) / GigaBytes(*roof);
  }
  return std::nullopt;
}

measure::Table ArithmeticTable(std::span<const Result> results) {
  measure::Table table{.title = "Bound by arithmetic: bytes/s in L1, as a share of the best copy in DRAM",
                       .header = {"function"},
                       .rows = {}};
  for (const Result& result : results) {
    const std::optional<double> share = ArithmeticShare(results, result);
    if (result.subject.size != "DRAM" || !share || *share >= 1) continue;
    const std::string column = result.subject.type + " " + result.subject.direction;
    auto at = std::find(table.header.begin(), table.header.end(), column);
    if (at == table.header.end()) {
      at = table.header.insert(at, column);
      for (auto& row : table.rows) row.emplace_back();
    }
    auto row = std::find_if(table.rows.begin(), table.rows.end(),
                            [&](const auto& cells) { return cells[0] == result.subject.function; });
    if (row == table.rows.end()) {
      row = table.rows.emplace(row, table.header.size());
      row->front() = result.subject.function;
    }
    (*row)[at - table.header.begin()] = absl::StrFormat("%.2f", *share);
  }
  return table;
}

}  // namespace actserve::bench
