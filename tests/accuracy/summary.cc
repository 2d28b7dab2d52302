#include "tests/accuracy/summary.h"

#include <algorithm>

namespace actserve::accuracy {
namespace {

void MergeInto(Tallies& sums, const Tallies& found) {
  for (const auto& [name, tally] : found) {
    const auto same = std::find_if(sums.begin(), sums.end(), [&n = name](const auto& sum) { return sum.first == n; });
    same == sums.end() ? void(sums.emplace_back(name, tally)) : same->second.Merge(tally);
  }
}

}  // namespace

const Tally* Row::peer(const std::string& name) const {
  for (const auto& [peer, tally] : tallies) {
    if (peer == name) return &tally;
  }
  return nullptr;
}

std::vector<Row> Summarise(const std::vector<Job>& jobs, const State& state) {
  std::vector<Row> rows;
  for (const Job& job : jobs) {
    const Tallies* found = state.Find(job.name());
    if (found == nullptr) continue;
    const Subject& s = job.subject;
    const auto same = std::find_if(rows.begin(), rows.end(), [&](const Row& row) {
      return row.subject.function == s.function && row.subject.direction == s.direction && row.subject.type == s.type &&
             row.is_default == (s.setting == 0);
    });
    Row& row = same != rows.end() ? *same : rows.emplace_back(Row{s, s.setting == 0, GoalOf(s), {}});
    const double before = row.tallies.empty() ? -1 : row.kernels().max_ulp;
    MergeInto(row.tallies, *found);
    if (row.kernels().max_ulp > before) row.subject.setting = s.setting;
  }
  return rows;
}

}  // namespace actserve::accuracy
