#include "tests/accuracy/plan.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "tests/accuracy/peer.h"
#include "tests/accuracy/rows.h"
#include "tests/accuracy/sample.h"
#include "tests/accuracy/special.h"
#include "tests/accuracy/sweep.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"

namespace actserve::accuracy {
namespace {

// How much of each kind of input; defaults are those of the exhaustive run.
struct Amount {
  explicit Amount(bool quick, bool is_default) {
    if (!is_default) stride = 64, f64 = 4'000'000, sweep_parts = 1, f64_parts = 1;
    if (!quick) return;
    stride = is_default ? 256 : 2048;
    log2_largest = 23;
    f64 = is_default ? 2'000'000 : 100'000;
    sweep_parts = f64_parts = 1;
    thinning = is_default ? 4 : 16;
    longest_row = 10'000;
  }
  // A part of it, of which there are so many; 16-bit numbers are all measured in each.
  Amount Divided(size_t parts) const {
    Amount part = *this;
    part.stride *= static_cast<int>(parts);
    part.f64 /= static_cast<int64_t>(parts);
    part.thinning *= 4;
    part.sweep_parts = part.f64_parts = 1;
    return part;
  }

  int stride = 1;
  int log2_largest = 20;
  int sweep_parts = 32;
  int64_t f64 = 110'000'000;  // asked for; where the oracle has to judge each, there are fewer
  int f64_parts = 8;
  int thinning = 1;  // of the points
  int64_t longest_row = 1'000'000;
};

std::vector<uint64_t> Joined(std::vector<uint64_t> a, const std::vector<uint64_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class Planner {
 public:
  Planner(const Corpus& corpus, std::vector<Job>& jobs) : corpus_(corpus), jobs_(jobs) {}

  void AddPointwise(const Subject& subject, const Amount& amount) {
    AddSpecials(subject);
    AddNumbers(subject, amount);
  }

  void AddGated(Subject subject, const Amount& amount) {
    const std::vector<Section> sections =
        SectionsOf(subject.reference(), subject.direction, subject.type, subject.setting == 0);
    for (const Section& section : sections) {
      subject.section = section;
      // Of gates: an infinite linear operand may meet a 0.
      if (section.varied == Operand::kGate && section.held == 1) AddSpecials(subject);
      AddNumbers(subject, amount.Divided(sections.size()));
    }
  }

  void AddRows(const Subject& subject, const Amount& amount) {
    const int64_t longest = subject.setting == 0 && SizeOf(subject.type) > 2 ? amount.longest_row : 1000;
    const oracle::Setting& setting = subject.reference().settings[subject.setting];
    for (int64_t length : {1, 2, 3, 17, 100, 256, 1000, 10'000, 100'000, 1'000'000}) {
      if (length > longest || !testing::FitsRow(subject.function->info, setting, length)) continue;
      for (const std::string_view kind : RowKinds()) {
        if (length == 1'000'000 && kind != RowKinds().front()) continue;
        jobs_.push_back({subject, absl::StrFormat("row of %d, %s", length, kind), 2e-5 * static_cast<double>(length),
                         [subject, kind, length] {
                           return Tallies{{std::string(kKernels), MeasureRow(subject, kind, length)}};
                         }});
      }
    }
  }

 private:
  struct Named {
    std::string name;
    Compute compute;
  };

  static std::vector<Named> Computations(const Subject& subject) {
    std::vector<Named> all = {{std::string(kKernels), KernelsOf(subject)}};
    if (subject.type != DataType::kF32 || subject.setting != 0) return all;
    for (const Peer& peer : Peers()) {
      if (Compute compute = peer.open(subject)) all.push_back({peer.name, std::move(compute)});
    }
    return all;
  }

  void AddSpecials(const Subject& subject) {
    jobs_.push_back({subject, "specials", 0.1, [subject] {
                       Tallies tallies;
                       for (const auto& [name, compute] : Computations(subject)) {
                         tallies.emplace_back(name, MeasureSpecials(subject, compute, name == kKernels));
                       }
                       return tallies;
                     }});
  }

  // Finite ones.
  void AddNumbers(const Subject& subject, const Amount& amount) {
    if (subject.type == DataType::kF64) {
      AddSample(subject, amount);
    } else {
      AddSweep(subject, amount);
    }
    const bool all = SizeOf(subject.type) == 2 || (subject.type == DataType::kF32 && amount.stride == 1);
    if (all) return;
    jobs_.push_back({subject, "points", 0.5, [subject, &corpus = corpus_, thinning = amount.thinning] {
                       std::vector<uint64_t> codes =
                           testing::SampleCodes(subject.type, subject.reference().points, thinning);
                       codes = Joined(std::move(codes), corpus.Codes(subject));
                       if (subject.setting == 0) codes = Joined(std::move(codes), BoundaryCodes(subject.type));
                       const Tally tally = MeasureCodes(CurveOf(subject), KernelsOf(subject), codes);
                       return Tallies{{std::string(kKernels), tally}};
                     }});
  }

  void AddSweep(const Subject& subject, const Amount& amount) {
    const bool narrow = SizeOf(subject.type) == 2;
    const int parts = narrow ? 1 : amount.sweep_parts;
    const Density density{amount.log2_largest, narrow ? 1 : amount.stride};
    for (int part = 0; part < parts; ++part) {
      const double weight = narrow ? 0.5 : amount.stride == 1 ? 2.5 : 1.5;
      jobs_.push_back({subject, absl::StrFormat("sweep %d/%d", part, parts), weight, [=] {
                         const std::vector<Named> all = Computations(subject);
                         std::vector<Compute> computes;
                         computes.reserve(all.size());
                         for (const Named& c : all) computes.push_back(c.compute);
                         Sweep sweep(CurveOf(subject), computes, density);
                         const int binades = 2 * ExponentFields(subject.type);
                         for (int i = part; i < binades; i += parts) {
                           sweep.Run(Binade(subject.type, i % 2 != 0, i / 2));
                         }
                         Tallies tallies;
                         for (size_t i = 0; i < all.size(); ++i) tallies.emplace_back(all[i].name, sweep.tallies()[i]);
                         return tallies;
                       }});
    }
  }

  void AddSample(const Subject& subject, const Amount& amount) {
    for (int part = 0; part < amount.f64_parts; ++part) {
      const double weight = 2 + 3e-8 * static_cast<double>(amount.f64) / amount.f64_parts;
      jobs_.push_back({subject, absl::StrFormat("sample %d/%d", part, amount.f64_parts), weight, [=] {
                         Sample sample(CurveOf(subject), KernelsOf(subject), static_cast<uint64_t>(part));
                         sample.Run(amount.f64, part, amount.f64_parts);
                         return Tallies{{std::string(kKernels), sample.tally()}};
                       }});
    }
  }

  const Corpus& corpus_;
  std::vector<Job>& jobs_;
};

}  // namespace

std::string Job::name() const {
  return absl::StrFormat("%s %s %s setting %d: %s%s", subject.function->info.name, Name(subject.direction),
                         actserve::Name(subject.type), subject.setting, part,
                         subject.reference().gated ? "; " + subject.section.Describe(subject.direction) : "");
}

std::vector<Job> MakePlan(const Scope& scope, const Corpus& corpus) {
  std::vector<Job> jobs;
  Planner planner(corpus, jobs);
  for (const Function* function : scope.functions) {
    const size_t settings = testing::ReferenceOf(*function).settings.size();
    for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
      for (const DataType type : {DataType::kF32, DataType::kF64, DataType::kF16, DataType::kBF16}) {
        for (size_t setting = 0; setting < settings; ++setting) {
          const Amount amount(scope.quick, setting == 0);
          const Subject subject{function, direction, type, setting};
          switch (function->info.kind) {
            case FunctionKind::kRowwise: planner.AddRows(subject, amount); break;
            case FunctionKind::kGated: planner.AddGated(subject, amount); break;
            default: planner.AddPointwise(subject, amount);
          }
        }
      }
    }
  }
  return jobs;
}

}  // namespace actserve::accuracy
