#include "client/load/scenario/plan.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace actserve::load {
namespace {

constexpr double kMostRate = 1e7, kMostConcurrency = 1e5;
constexpr char kSearchedRates[] = "100..1M", kUsualConcurrency[] = "8";

class Planner {
 public:
  explicit Planner(const Settings& settings) : settings_(settings), scenario_(settings.scenario) {}

  absl::StatusOr<Plan> Run() && {
    CheckRange("connections", scenario_.connections(), 1, 1024);
    CheckRange("threads", scenario_.threads(), 1, 64);
    CheckRange("max_in_flight", scenario_.max_in_flight(), 1, 1 << 20);
    CheckRange("stable", scenario_.stable(), 0, 1);
    CheckRange("check", scenario_.check(), 0, 1);
    CheckRange("slo_precision", scenario_.slo_precision(), 0.001, 1);
    if (scenario_.threads() > scenario_.connections())
      Fail("threads", absl::StrFormat("%d is more than the %d connections; expected a connection for each thread",
                                      scenario_.threads(), scenario_.connections()));
    plan_.pace = {.warm_up = Duration("warm_up", scenario_.warm_up(), absl::ZeroDuration()),
                  .window = Duration("window", scenario_.window(), absl::Milliseconds(10)),
                  .duration = Duration("duration", scenario_.duration(), absl::Milliseconds(10)),
                  .stable_within = scenario_.stable()};
    plan_.deadline = Duration("deadline", scenario_.deadline(), absl::Milliseconds(1));
    plan_.offer.arrivals =
        scenario_.arrivals() == scenario::Scenario::POISSON ? ArrivalProcess::kPoisson : ArrivalProcess::kConstant;
    plan_.offer.max_in_flight = static_cast<int>(scenario_.max_in_flight());
    PlanSteps();
    if (!status_.ok()) return status_;
    return std::move(plan_);
  }

 private:
  // Keeps the first.
  void Fail(const std::string& field, const std::string& what) {
    status_.Update(absl::InvalidArgumentError(absl::StrFormat("%s: %s", Where(settings_.origins, field), what)));
  }

  void CheckRange(const std::string& field, double value, double min, double max) {
    if (value >= min && value <= max) return;  // so that NaN is in no range
    Fail(field, absl::StrFormat("%.10g is out of range; expected %.10g to %.10g", value, min, max));
  }

  Nanos Duration(const std::string& field, const std::string& text, absl::Duration least) {
    absl::Duration duration;
    if (!absl::ParseDuration(text, &duration) || duration < least || duration > absl::Hours(24)) {
      Fail(field, absl::StrFormat("\"%s\" is no duration that will do; expected %s to 24h, such as 500ms or 10s", text,
                                  absl::FormatDuration(least)));
    }
    return absl::ToInt64Nanoseconds(duration);
  }

  template <class T>
  T Parsed(const std::string& field, const absl::StatusOr<T>& value) {
    if (value.ok()) return *value;
    Fail(field, std::string(value.status().message()));
    return T();
  }

  void PlanSteps() {
    if (scenario_.has_rate() && scenario_.has_concurrency())
      return Fail("concurrency", "is given, and so is rate; expected one of both");
    if (scenario_.has_slo()) return PlanSearch();
    const bool is_open = scenario_.has_rate();
    const std::string field = is_open ? "rate" : "concurrency";
    const std::string text = is_open                       ? scenario_.rate()
                             : scenario_.has_concurrency() ? scenario_.concurrency()
                                                           : kUsualConcurrency;
    for (const double load : Parsed(field, ParseSweep(text))) {
      CheckRange(field, load, is_open ? 1e-3 : 1, is_open ? kMostRate : kMostConcurrency);
      Offer& offer = plan_.steps.emplace_back(plan_.offer);
      if (is_open) {
        offer.rate = load;
      } else {
        if (load != std::floor(load)) Fail(field, absl::StrFormat("%g is not whole; expected a number of calls", load));
        offer.concurrency = static_cast<int>(load);
      }
    }
  }

  void PlanSearch() {
    if (scenario_.has_concurrency())
      return Fail("concurrency", "is given, and so is slo, which searches for a rate; expected one of both");
    const Bounds bounds =
        Parsed("rate", ParseBounds(scenario_.has_rate() ? scenario_.rate() : kSearchedRates, kMostRate));
    CheckRange("rate", bounds.high, 1e-3, kMostRate);
    plan_.search = {.objective = Parsed("slo", ParseObjective(scenario_.slo())),
                    .bounds = bounds,
                    .precision = scenario_.slo_precision()};
  }

  const Settings& settings_;
  const scenario::Scenario& scenario_;
  Plan plan_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<Plan> MakePlan(const Settings& settings) { return Planner(settings).Run(); }

}  // namespace actserve::load
