#include "tests/bench/report/goals.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/bench/report/arithmetic.h"
#include "tests/bench/report/statistics.h"

namespace actserve::bench {
namespace {

constexpr std::string_view kDirections[] = {"forward", "gradient"};

// The functions that oneDNN has too and that the speed goals name.
constexpr std::string_view kCompared[] = {"relu", "leaky_relu", "gelu", "gelu_tanh", "silu", "mish", "sigmoid", "tanh"};

// A measurement, and what it is of.
struct Found {
  double value;
  std::string of;
};

class Judge {
 public:
  explicit Judge(std::span<const Result> results) : results_(results) {}

  std::vector<Goal> Goals() && {
    for (const std::string_view direction : kDirections) ComparedInL2(direction);
    for (const std::string_view direction : kDirections) {
      for (const std::string_view type : {"f32", "bf16", "f16"}) CopyInDram("sizes", direction, type);
    }
    for (const std::string_view type : {"i8", "u8", "f8e4m3fn", "f8e5m2"}) CopyInDram("bytes", "forward", type);
    for (const std::string_view direction : kDirections) Rows(direction);
    for (const std::string_view direction : kDirections) Axes(direction);
    for (const std::string_view direction : kDirections) {
      for (const std::string_view type : {"bf16", "f16"}) Narrow(direction, type);
    }
    for (const std::string_view direction : kDirections) Avx2(direction);
    Flatness();
    for (const std::string_view size : {"L2", "DRAM"}) Zeros(size);
    Profiles();
    Allocations();
    return std::move(goals_);
  }

 private:
  // Calls visit(result) for what was measured on the best instruction set with the usual data.
  template <class Visit>
  void ForEach(std::string_view group, std::string_view direction, Visit visit) const {
    for (const Result& result : results_) {
      const Subject& subject = result.subject;
      if (subject.group == group && subject.direction == direction && subject.data == "normal" &&
          subject.target == results_.front().subject.target) {
        visit(result);
      }
    }
  }

  static void AddSpeedup(const Result& result, std::string_view entrant, std::string_view other, std::string of,
                         std::vector<Found>& found) {
    const Entrant *ours = result.Find(entrant), *peer = result.Find(other);
    if (ours != nullptr && peer != nullptr) found.push_back({Speedup(*ours, *peer), std::move(of)});
  }

  void AddLeast(std::string name, const std::vector<Found>& found, double target, std::string more = "") {
    if (found.empty()) return;
    const auto least = std::min_element(found.begin(), found.end(), [](auto& a, auto& b) { return a.value < b.value; });
    goals_.push_back(
        {.name = std::move(name),
         .measured = least->value,
         .target = target,
         .note = absl::StrFormat("%s, least of %d%s%s", least->of, found.size(), more.empty() ? "" : "; ", more)});
  }

  void ComparedInL2(std::string_view direction) {
    std::vector<Found> found;
    ForEach("sizes", direction, [&](const Result& result) {
      const Subject& subject = result.subject;
      if (subject.size != "L2" || subject.type != "f32") return;
      if (std::find(std::begin(kCompared), std::end(kCompared), subject.function) == std::end(kCompared)) return;
      AddSpeedup(result, kOurs, kPeer, subject.function, found);
    });
    if (found.empty()) return;
    std::vector<double> speedups;
    speedups.reserve(found.size());
    for (const Found& one : found) speedups.push_back(one.value);
    goals_.push_back({.name = absl::StrFormat("L2 f32 %s / oneDNN, mean", direction),
                      .measured = GeometricMean(speedups),
                      .target = 1.5,
                      .note = absl::StrFormat("geometric, of %d", found.size())});
    AddLeast(absl::StrFormat("L2 f32 %s / oneDNN, least", direction), found, 1.0);
  }

  // A function whose arithmetic alone is slower than the copy cannot keep up with it: counted, not judged.
  void CopyInDram(std::string_view group, std::string_view direction, std::string_view type) {
    std::vector<Found> found;
    int bound = 0;
    ForEach(group, direction, [&](const Result& result) {
      const Entrant* roof = result.Roof();
      if (result.subject.size != "DRAM" || result.subject.type != type || roof == nullptr) return;
      if (ArithmeticShare(results_, result).value_or(1) < 1) {
        ++bound;
      } else {
        // By bytes, which are as many for both.
        found.push_back({PairedRatio(roof->seconds, result.Find(kOurs)->seconds), result.subject.function});
      }
    });
    const std::string name = absl::StrFormat("DRAM %s %s / copy", type, direction);
    const std::string more = bound == 0 ? "" : absl::StrFormat("%d bound by arithmetic", bound);
    if (found.empty() && bound > 0)
      goals_.push_back({.name = name, .measured = std::nan(""), .target = 0.9, .note = more});
    AddLeast(name, found, 0.9, more);
  }

  void Rows(std::string_view direction) {
    for (const std::string_view function : {"softmax", "log_softmax", "sparsemax", "entmax15"}) {
      const bool has_peer = function == "softmax" || function == "log_softmax";
      const std::string_view rival = has_peer ? kPeer : kSoftmax;
      std::vector<Found> found;
      ForEach("rows", direction, [&](const Result& result) {
        if (result.subject.function != function) return;
        AddSpeedup(result, kOurs, rival, "rows of " + result.subject.size, found);
      });
      AddLeast(absl::StrFormat("%s %s / %s", function, direction, rival), found, has_peer ? 1.5 : 0.5);
    }
  }

  void Axes(std::string_view direction) {
    std::vector<Found> found;
    ForEach("axes", direction, [&](const Result& result) {
      for (const Entrant& entrant : result.entrants) {
        if (entrant.name == kLastAxis) continue;
        const std::string of = absl::StrCat(result.subject.function, " ", result.subject.size, " ", entrant.name);
        AddSpeedup(result, entrant.name, kLastAxis, of, found);
      }
    });
    AddLeast(absl::StrFormat("other axes %s / last axis", direction), found, 0.8);
  }

  void Narrow(std::string_view direction, std::string_view type) {
    for (const auto& [size, target] : {std::pair("L2", 1.0), std::pair("DRAM", 1.6)}) {
      std::vector<Found> found;
      ForEach("sizes", direction, [&, size = std::string_view(size)](const Result& result) {
        if (result.subject.size != size || result.subject.type != type) return;
        AddSpeedup(result, kOurs, kF32, result.subject.function, found);
      });
      AddLeast(absl::StrFormat("%s %s %s / f32", size, type, direction), found, target);
    }
  }

  void Avx2(std::string_view direction) {
    std::vector<Found> found;
    for (const Result& result : results_) {
      const Subject& subject = result.subject;
      if (subject.target != "AVX2" || subject.direction != direction || subject.data != "normal") continue;
      AddSpeedup(result, kOurs, kPeer, absl::StrCat(subject.function, " ", subject.size), found);
    }
    AddLeast(absl::StrFormat("AVX2 f32 %s / oneDNN", direction), found, 0.8);
  }

  // Lengths held by one level of memory against their median; an entrant's name begins with the level's.
  void Flatness() {
    std::vector<Found> found;
    ForEach("lengths", "forward", [&](const Result& result) {
      std::map<std::string, std::vector<double>> levels;
      for (const Entrant& entrant : result.entrants) {
        const std::string level = std::vector<std::string>(absl::StrSplit(entrant.name, ' '))[0];
        levels[level].push_back(GigaElements(entrant));
      }
      for (const auto& [level, speeds] : levels) {
        for (const double speed : speeds) {
          // Negative, as AddLeast takes the worst to be the least.
          found.push_back(
              {-std::fabs(Median(speeds) / speed - 1), absl::StrCat(result.subject.function, " in ", level)});
        }
      }
    });
    AddLeast("cost of an element at 2^10..2^26, deviation", found, 0);
    if (found.empty()) return;
    goals_.back().measured = -goals_.back().measured;
    goals_.back().target = 0.2;
    goals_.back().at_most = true;
    absl::StrReplaceAll({{"least of", "most of"}}, &goals_.back().note);
  }

  void Zeros(std::string_view size) {
    std::vector<Found> found;
    for (const Result& result : results_) {
      const Subject& subject = result.subject;
      if (subject.group != "zeros" || subject.size != size) continue;
      AddSpeedup(result, kBitmap, kOurs, absl::StrCat(subject.function, " ", subject.type, ", ", subject.data), found);
    }
    AddLeast(absl::StrFormat("%s bitmap / dense", size), found, 0.7);
  }

  void Profiles() {
    std::vector<Found> found;
    for (const Result& result : results_) {
      const Subject& subject = result.subject;
      const Entrant* read = result.Roof();
      if (subject.group != "profile" || subject.size != "DRAM" || read == nullptr) continue;
      for (const std::string_view entrant : {kOurs, kByChannel}) {
        AddSpeedup(result, entrant, read->name, absl::StrFormat("%s, %s, %s", subject.type, subject.data, entrant),
                   found);
      }
    }
    AddLeast("DRAM Profile / reading", found, 0.5);
  }

  void Allocations() {
    const Result* worst = nullptr;
    for (const Result& result : results_) {
      if (worst == nullptr || result.allocations > worst->allocations) worst = &result;
    }
    if (worst == nullptr) return;
    goals_.push_back({.name = "allocations in a run",
                      .measured = static_cast<double>(worst->allocations),
                      .target = 0,
                      .at_most = true,
                      .note = absl::StrFormat("%s, most of %d", worst->subject.ToString(), results_.size())});
  }

  std::span<const Result> results_;
  std::vector<Goal> goals_;
};

}  // namespace

std::vector<Goal> JudgeGoals(std::span<const Result> results) {
  if (results.empty()) return {};
  return Judge(results).Goals();
}

}  // namespace actserve::bench
