#include <utility>

#include "absl/strings/str_format.h"
#include "tests/bench/cuda/bench.h"
#include "tests/bench/report/statistics.h"

namespace actserve::bench::cuda {
namespace {

constexpr double kElementwiseShare = 0.92, kRowShare = 0.88, kSparsemaxOfSoftmax = 0.7, kSmallLaunch = 1.2,
                 kOfTorch = 1;

double Speed(const Result& result, const std::vector<double>& seconds) {
  return static_cast<double>(result.bytes) / 1e9 / Median(seconds);
}

// Of PyTorch, or null where it has no such function.
const std::vector<double>* TorchSeconds(const Report& report, const Result& result) {
  if (!report.torch) return nullptr;
  const auto found = report.torch->seconds.find(result.name());
  return found == report.torch->seconds.end() ? nullptr : &found->second;
}

// The lowest (or highest) of what is measured decides.
class Worst {
 public:
  explicit Worst(Goal goal) : goal_(std::move(goal)) {}
  void Consider(double measured, const std::string& of) {
    const bool is_worse = goal_.at_most ? measured > goal_.measured : measured < goal_.measured;
    if (count_++ == 0 || is_worse) {
      goal_.measured = measured;
      goal_.note = of;
    }
  }
  void AddTo(std::vector<Goal>& goals) const {
    if (count_ > 0) goals.push_back(goal_);
  }

 private:
  Goal goal_;
  int count_ = 0;
};

}  // namespace

std::string Result::name() const {
  std::string name = absl::StrFormat("%s/%s/%s", function, direction, type);
  if (row > 0) absl::StrAppendFormat(&name, "/rows of %d", row);
  return name;
}

double Result::OfRoof() const { return PairedRatio(roof_seconds, seconds); }

std::vector<Goal> Goals(const Report& report) {
  Worst elementwise({.name = "element-wise, share of a copy's speed", .target = kElementwiseShare, .note = {}});
  Worst rows({.name = "softmax and log_softmax, share of a copy's speed", .target = kRowShare, .note = {}});
  Worst sparsemax({.name = "sparsemax, of softmax's speed", .target = kSparsemaxOfSoftmax, .note = {}});
  Worst small(
      {.name = "2^12 elements, of an empty kernel's time", .target = kSmallLaunch, .at_most = true, .note = {}});
  Worst torch({.name = "of PyTorch's speed", .target = kOfTorch, .note = {}});
  for (const Result& result : report.results) {
    if (const std::vector<double>* const seconds = TorchSeconds(report, result))
      torch.Consider(Median(*seconds) / Median(result.seconds), result.name());
    if (result.row == 0) elementwise.Consider(result.OfRoof(), result.name());
    if (result.function == "softmax" || result.function == "log_softmax") rows.Consider(result.OfRoof(), result.name());
    if (result.function != "sparsemax") continue;
    for (const Result& softmax : report.results) {
      const bool is_like = softmax.function == "softmax" && softmax.direction == result.direction &&
                           softmax.type == result.type && softmax.row == result.row;
      if (is_like) sparsemax.Consider(Median(softmax.seconds) / Median(result.seconds), result.name());
    }
  }
  for (const Small& s : report.small)
    small.Consider(s.seconds / s.empty_seconds, absl::StrFormat("%s/%s/%s", s.function, s.direction, s.type));
  std::vector<Goal> goals;
  for (const Worst* worst : {&elementwise, &rows, &sparsemax, &small, &torch}) worst->AddTo(goals);
  return goals;
}

std::vector<measure::Table> Tables(const Report& report) {
  measure::Table large{.title = "Speed, and the share of a copy's on the device",
                       .header = {"function", "direction", "type", "rows of", "GB/s", "of a copy"},
                       .rows = {}};
  if (report.torch) large.header.insert(large.header.end(), {"PyTorch GB/s", "of PyTorch"});
  for (const Result& result : report.results) {
    large.rows.push_back(
        {result.function, result.direction, result.type, result.row == 0 ? "" : absl::StrFormat("%d", result.row),
         absl::StrFormat("%.0f", Speed(result, result.seconds)), absl::StrFormat("%.2f", result.OfRoof())});
    if (!report.torch) continue;
    const std::vector<double>* const seconds = TorchSeconds(report, result);
    large.rows.back().push_back(seconds ? absl::StrFormat("%.0f", Speed(result, *seconds)) : "");
    large.rows.back().push_back(seconds ? absl::StrFormat("%.2f", Median(*seconds) / Median(result.seconds)) : "");
  }
  measure::Table small{.title = "2^12 elements, from launch to launch",
                       .header = {"function", "direction", "type", "us", "of an empty kernel"},
                       .rows = {}};
  for (const Small& s : report.small) {
    small.rows.push_back({s.function, s.direction, s.type, absl::StrFormat("%.2f", s.seconds * 1e6),
                          absl::StrFormat("%.2f", s.seconds / s.empty_seconds)});
  }
  measure::Table link{.title = "The link, from and to pinned memory",
                      .header = {"direction", "GB/s"},
                      .rows = {{"to the device", absl::StrFormat("%.1f", report.upload / 1e9)},
                               {"from the device", absl::StrFormat("%.1f", report.download / 1e9)}}};
  return {GoalTable(Goals(report)), large, small, link};
}

}  // namespace actserve::bench::cuda
