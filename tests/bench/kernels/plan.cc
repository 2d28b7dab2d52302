#include "tests/bench/kernels/plan.h"

#include <algorithm>
#include <array>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/bench/kernels/starters.h"

namespace actserve::bench {
namespace {

constexpr Direction kDirections[] = {Direction::kEvaluate, Direction::kGradient};
constexpr DataType kTypes[] = {DataType::kF32, DataType::kBF16, DataType::kF16};

bool IsRowwise(const Function& function) { return function.info.kind == FunctionKind::kRowwise; }

class Planner {
 public:
  explicit Planner(const Scope& scope) : scope_(scope) {}

  std::vector<Contest> Contests() && {
    for (const Function& function : Functions()) Sizes(function);
    for (const Function& function : Functions()) {
      if (IsRowwise(function)) Rows(function);
    }
    if (scope_.peer_only) return std::move(contests_);
    Bytes();
    for (const Function& function : Functions()) IsRowwise(function) ? Axes(function) : Wide(function);
    for (const Function& function : Functions()) {
      if (function.info.kind == FunctionKind::kElementwise) Lengths(function);
    }
    Zeros(*FindFunction("relu"));
    Profiles();
    return std::move(contests_);
  }

 private:
  // All operands together fill half of L1 or L2, or four times the last level.
  struct Level {
    std::string_view name;
    int64_t bytes;
  };
  std::array<Level, 3> Levels() const {
    const measure::Machine& machine = scope_.machine;
    return {Level{"L1", machine.l1 / 2}, Level{"L2", machine.l2 / 2}, Level{"DRAM", machine.last * 4}};
  }

  static int64_t ElementsOf(int64_t bytes, Direction direction, DataType type, int64_t step) {
    return std::max(step, bytes / Workload::BytesPerElement(direction, type) / step * step);
  }

  static Workload Natural(const Function& function, Direction direction, DataType type, int64_t bytes) {
    return NaturalWorkload(function, direction, type, ElementsOf(bytes, direction, type, kElementsStep));
  }

  Subject About(std::string_view group, const Workload& workload, std::string size) const {
    return {.group = std::string(group),
            .function = std::string(workload.function->info.name),
            .direction = workload.direction == Direction::kEvaluate ? "forward" : "gradient",
            .type = std::string(Name(workload.type)),
            .size = std::move(size),
            .data = workload.data == Distribution::kWide ? "wide" : "normal",
            .target = scope_.target};
  }

  template <class Prepare>
  void Add(Subject subject, Prepare prepare) {
    contests_.push_back({std::move(subject), [prepare](Result& result) {
                           StarterList starters(result);
                           prepare(starters);
                           return std::move(starters).Take();
                         }});
  }

  void Sizes(const Function& function) {
    for (const Direction direction : kDirections) {
      for (const DataType type : kTypes) {
        for (const Level& level : Levels()) {
          const Workload workload = Natural(function, direction, type, level.bytes);
          const Workload f32 = Natural(function, direction, DataType::kF32, level.bytes);
          if (scope_.peer_only && (type != DataType::kF32 || !HasPeer(workload))) continue;
          Add(About("sizes", workload, std::string(level.name)),
              [=, with_rivals = !scope_.peer_only](StarterList& starters) {
                const auto operands = starters.AddOurs(kOurs, workload);
                starters.AddPeer(workload, operands);
                if (!with_rivals) return;
                if (level.name == "L1") starters.AddOursWithCall(workload, operands);
                if (level.name == "DRAM") starters.AddRoofs(workload, operands);
                if (level.name != "L1" && type != DataType::kF32) starters.AddOurs(kF32, f32);
              });
        }
      }
    }
  }

  // By tables, which cost the same whatever is in them: some functions stand for all.
  void Bytes() {
    for (const std::string_view function : {"relu", "gelu", "mish"}) {
      for (const DataType type : kByteTypes) {
        for (const Level& level : Levels()) {
          const Workload workload = Natural(*FindFunction(function), Direction::kEvaluate, type, level.bytes);
          Add(About("bytes", workload, std::string(level.name)),
              [=](StarterList& starters) { starters.AddRoofs(workload, starters.AddOurs(kOurs, workload)); });
        }
      }
    }
  }

  void Wide(const Function& function) {
    for (const Direction direction : kDirections) {
      Workload workload = Natural(function, direction, DataType::kF32, scope_.machine.l2 / 2);
      workload.data = Distribution::kWide;
      Add(About("sizes", workload, "L2"),
          [=](StarterList& starters) { starters.AddPeer(workload, starters.AddOurs(kOurs, workload)); });
    }
  }

  void Rows(const Function& function) {
    for (const Direction direction : kDirections) {
      for (const int64_t length : {128, 1024, 32768}) {
        const int64_t elements = ElementsOf(scope_.machine.l2 / 2, direction, DataType::kF32, length);
        Workload workload = NaturalWorkload(function, direction, DataType::kF32, elements);
        workload.shape = *Shape::Make(std::array{elements / length, length});
        if (scope_.peer_only && !HasPeer(workload)) continue;
        Add(About("rows", workload, absl::StrCat(length)), [=](StarterList& starters) {
          starters.AddPeer(workload, starters.AddOurs(kOurs, workload));
          if (function.info.name != "sparsemax" && function.info.name != "entmax15") return;
          Workload softmax = workload;
          softmax.function = FindFunction("softmax");
          starters.AddOurs(kSoftmax, softmax);
        });
      }
    }
  }

  void Axes(const Function& function) {
    for (const Direction direction : kDirections) {
      for (const int64_t side : {64, 256}) {
        Workload workload = NaturalWorkload(function, direction, DataType::kF32, side * side * side);
        workload.shape = *Shape::Make(std::array{side, side, side});
        Add(About("axes", workload, absl::StrFormat("%d^3", side)), [=](StarterList& starters) {
          std::shared_ptr<Operands> operands;
          for (const auto& [name, axis] : {std::pair(kLastAxis, 2), {"middle", 1}, {"first", 0}}) {
            Workload along = workload;
            along.axis = axis;
            operands = starters.AddOurs(name, along, operands);
          }
        });
      }
    }
  }

  // The level of memory whose plateau a working set lies on, well away from the steps between them; empty on a step. Of
  // the last level, other processors may take a good part.
  std::string_view Plateau(int64_t bytes) const {
    const measure::Machine& machine = scope_.machine;
    if (bytes <= machine.l1 / 2) return "L1";
    if (bytes > machine.l1 * 2 && bytes <= machine.l2 / 2) return "L2";
    if (bytes > machine.l2 * 2 && bytes <= machine.last / 4) return "L3";
    return bytes >= machine.last * 4 ? "DRAM" : "";
  }

  // Beginnings of the same operands, of 2^10 to 2^26 elements.
  void Lengths(const Function& function) {
    const auto flat = [&](int log) {
      return NaturalWorkload(function, Direction::kEvaluate, DataType::kF32, int64_t{1} << log);
    };
    std::vector<std::pair<std::string, Workload>> lengths;
    for (int log = 10; log <= 26; ++log) {
      const std::string_view level = Plateau(flat(log).bytes());
      if (!level.empty()) lengths.emplace_back(absl::StrFormat("%s 2^%d", level, log), flat(log));
    }
    Add(About("lengths", flat(26), "2^10..2^26"), [lengths, longest = flat(26)](StarterList& starters) {
      const auto operands = std::make_shared<Operands>(longest);
      for (const auto& [name, workload] : lengths) starters.AddOurs(name, workload, operands);
    });
  }

  // relu of data of which so much is not above 0, dense and without its zeros.
  void Zeros(const Function& function) {
    constexpr std::pair<Distribution, std::string_view> kData[] = {{Distribution::k50Zeros, "50 % zeros"},
                                                                   {Distribution::k90Zeros, "90 % zeros"},
                                                                   {Distribution::k99Zeros, "99 % zeros"}};
    for (const DataType type : {DataType::kF32, DataType::kBF16}) {
      for (const Level& level : Levels()) {
        if (level.name == "L1") continue;
        for (const auto& [distribution, data] : kData) {
          Workload workload = Natural(function, Direction::kEvaluate, type, level.bytes);
          workload.data = distribution;
          Subject subject = About("zeros", workload, std::string(level.name));
          subject.data = data;
          Add(subject, [=](StarterList& starters) { starters.AddSparse(workload, starters.AddOurs(kOurs, workload)); });
        }
      }
    }
  }

  // What they read fills the level.
  void Profiles() {
    for (const DataType type : {DataType::kF32, DataType::kBF16}) {
      for (const Level& level : Levels()) {
        if (level.name == "L1") continue;
        for (const auto& [distribution, data] :
             {std::pair(Distribution::kActivity, "normal"), {Distribution::k50Zeros, "50 % zeros"}}) {
          const int64_t rows = level.bytes / static_cast<int64_t>(SizeOf(type)) / kElementsStep;
          const Workload workload{.function = FindFunction("relu"),
                                  .type = type,
                                  .shape = *Shape::Make(std::array{rows, kElementsStep}),
                                  .axis = {},
                                  .data = distribution};
          Subject subject = About("profile", workload, std::string(level.name));
          subject.function = "Profile";
          subject.data = data;
          Add(subject, [=](StarterList& starters) { starters.AddProfile(workload); });
        }
      }
    }
  }

  const Scope& scope_;
  std::vector<Contest> contests_;
};

}  // namespace

std::vector<Contest> Plan(const Scope& scope) { return Planner(scope).Contests(); }

}  // namespace actserve::bench
