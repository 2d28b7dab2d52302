#include "kernels/analyse/substitute.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "kernels/analyse/apply.h"
#include "kernels/api/element.h"
#include "kernels/api/status.h"

namespace actserve::analyse {
namespace {

constexpr int64_t kBlock = 16384;
constexpr int64_t kSample = 65536;
constexpr int kGrid = 65;
constexpr int kSteps = 40;

// Elements in one piece, and their values.
struct Block {
  DataType type;
  std::vector<std::byte> bytes;
  std::vector<double> values;

  explicit Block(DataType type) : type(type) {}
  int64_t size() const { return static_cast<int64_t>(values.size()); }
  void Resize(int64_t n) {
    bytes.resize(n * SizeOf(type));
    values.resize(n);
  }
  void ReadValues() {
    for (int64_t i = 0; i < size(); ++i) values[i] = LoadElement(type, bytes.data() + i * SizeOf(type));
  }
  TensorView view() const {
    const int64_t dims[] = {size()};
    return {type, *Shape::Make(dims), bytes.data()};
  }
};

void ApplyTo(const Function& function, const Params& params, const Block& x, Block& y) {
  y.Resize(x.size());
  Apply(function, params, InputView(x.view()), y.bytes.data());
  y.ReadValues();
}

std::string_view FreeParameter(const Function& function) {
  if (function.info.name == "shifted_relu") return "shift";
  if (function.info.name == "fatrelu") return "threshold";
  return "";
}

absl::StatusOr<Params> Bind(const Substitute& substitute) {
  if (substitute.parameter.empty()) return Params::Bind(substitute.function->info, {});
  const NamedParam given[] = {{substitute.parameter, substitute.value}};
  return Params::Bind(substitute.function->info, given);
}

// The least |g - f| over a sample, for a parameter's values.
class Search {
 public:
  Search(const SubstituteOptions& options, const InputView& input) : x_(input.type), f_(input.type), g_(input.type) {
    const int64_t n = std::min(kSample, input.elements());
    x_.Resize(n);
    for (int64_t i = 0; i < n; ++i) {
      input.Copy(static_cast<int64_t>(static_cast<__int128>(i) * input.elements() / n), 1,
                 x_.bytes.data() + i * SizeOf(input.type));
    }
    x_.ReadValues();
    ApplyTo(*options.function, options.params, x_, f_);
  }

  double Error(Substitute substitute, double value) {
    substitute.value = value;
    const absl::StatusOr<Params> params = Bind(substitute);
    if (!params.ok()) return HUGE_VAL;
    ApplyTo(*substitute.function, *params, x_, g_);
    double sum = 0;
    for (int64_t i = 0; i < x_.size(); ++i) {
      const double error = g_.values[i] - f_.values[i];
      if (std::isfinite(error)) sum += error * error;
    }
    return sum;
  }

  absl::StatusOr<double> Best(const Substitute& substitute, absl::FunctionRef<absl::Status()> check) {
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (const double x : x_.values) {
      if (!std::isfinite(x)) continue;
      low = std::min(low, x);
      high = std::max(high, x);
    }
    if (!(low < high)) return std::isfinite(low) ? low : 0.0;
    std::array<double, kGrid> grid, errors;
    for (int i = 0; i < kGrid; ++i) grid[i] = low + (high - low) * (static_cast<double>(i) / (kGrid - 1));
    if (low < 0 && high > 0) *std::ranges::min_element(grid, {}, [](double x) { return std::fabs(x); }) = 0;
    for (int i = 0; i < kGrid; ++i) {
      if (absl::Status status = check(); !status.ok()) return status;
      errors[i] = Error(substitute, grid[i]);
    }
    const int best = static_cast<int>(std::ranges::min_element(errors) - errors.begin());
    double a = grid[std::max(best - 1, 0)], b = grid[std::min(best + 1, kGrid - 1)];
    constexpr double kGolden = 0.6180339887498949;
    double c = b - kGolden * (b - a), d = a + kGolden * (b - a);
    double at_c = Error(substitute, c), at_d = Error(substitute, d);
    for (int i = 0; i < kSteps; ++i) {
      if (absl::Status status = check(); !status.ok()) return status;
      if (at_c <= at_d) {
        b = std::exchange(d, c);
        at_d = at_c;
        c = b - kGolden * (b - a);
        if (i + 1 < kSteps) at_c = Error(substitute, c);
      } else {
        a = std::exchange(c, d);
        at_c = at_d;
        d = a + kGolden * (b - a);
        if (i + 1 < kSteps) at_d = Error(substitute, d);
      }
    }
    const double found = (a + b) / 2;
    return Error(substitute, found) < errors[best] ? found : grid[best];
  }

 private:
  Block x_, f_, g_;
};

// The least x of the input that so many of its elements are not above.
absl::StatusOr<double> Quantile(const InputView& input, double target) {
  std::vector<double> values;
  values.reserve(input.elements());
  input.ForEachRun(0, input.elements(), [&](InputView::Run run, int64_t) {
    for (int64_t i = 0; i < run.count; ++i) {
      const double x = LoadElement(input.type, run.data + i * SizeOf(input.type));
      if (std::isfinite(x)) values.push_back(x);
    }
  });
  const auto elements = static_cast<double>(input.elements());
  const auto count = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(target * elements)));
  if (count > static_cast<int64_t>(values.size())) {
    return InvalidField(
        "target_sparsity",
        absl::StrFormat("%g cannot be reached: only %d of %d elements are finite; expected at most %g", target,
                        values.size(), input.elements(), static_cast<double>(values.size()) / elements));
  }
  std::nth_element(values.begin(), values.begin() + (count - 1), values.end());
  return values[count - 1];
}

struct Sums {
  double ff = 0, fg = 0, gg = 0, errors = 0, scaled_errors = 0;
};

// Adds a block; the second time, when the scale is known, what depends on it.
void Add(const Block& x, const Block& f, const Block& g, bool scaled, Sums& sums, Substitute& to) {
  for (int64_t i = 0; i < x.size(); ++i) {
    const double y = f.values[i], z = g.values[i];
    if (!scaled) to.zeros += z == 0;
    if (!std::isfinite(x.values[i]) || !std::isfinite(y) || !std::isfinite(z)) continue;
    if (scaled) {
      const double error = to.scale * z - y;
      sums.scaled_errors += error * error;
      to.scaled_max_error = std::max(to.scaled_max_error, std::fabs(error));
      continue;
    }
    const double error = z - y;
    sums.ff += y * y;
    sums.fg += y * z;
    sums.gg += z * z;
    sums.errors += error * error;
    to.max_error = std::max(to.max_error, std::fabs(error));
    to.sign_flips += (y < 0 && z > 0) || (y > 0 && z < 0);
  }
}

double Relative(double squared_error, double squared_norm) {
  if (squared_error == 0) return 0;
  return std::sqrt(squared_error) / std::sqrt(squared_norm);
}

absl::Status CheckElementwise(std::string_view field, const Function& function) {
  if (function.info.kind == FunctionKind::kElementwise) return absl::OkStatus();
  return InvalidField(
      field, absl::StrFormat("%s is not element-wise; expected a function that is, such as gelu", function.info.name));
}

absl::Status Check(const SubstituteOptions& options, const InputView& input) {
  if (absl::Status status = CheckElementwise("function", *options.function); !status.ok()) return status;
  for (size_t i = 0; i < options.candidates.size(); ++i) {
    const std::string field = absl::StrFormat("candidates[%d]", i);
    if (absl::Status status = CheckElementwise(field, *options.candidates[i]); !status.ok()) return status;
    const absl::StatusOr<Params> params = Params::Bind(options.candidates[i]->info, {});
    if (!params.ok()) return InvalidField(field, std::string(params.status().message()));
  }
  if (options.target_sparsity.has_value() && !(*options.target_sparsity >= 0 && *options.target_sparsity < 1)) {
    return InvalidField("target_sparsity",
                        absl::StrFormat("%g is out of range; expected a share in [0, 1)", *options.target_sparsity));
  }
  if (input.elements() == 0) return InvalidField("input.shape", "has no elements; expected at least one");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Substitution> FindSubstitutes(const SubstituteOptions& options, const InputView& input,
                                             absl::FunctionRef<absl::Status()> check) {
  if (absl::Status status = Check(options, input); !status.ok()) return status;
  Substitution found;
  found.elements = input.elements();
  double quantile = 0;
  if (options.target_sparsity.has_value()) {
    const absl::StatusOr<double> value = Quantile(input, *options.target_sparsity);
    if (!value.ok()) return value.status();
    quantile = *value;
  }
  Search search(options, input);
  std::vector<Params> params;
  for (const Function* candidate : options.candidates) {
    Substitute& substitute = found.substitutes.emplace_back();
    substitute.function = candidate;
    substitute.parameter = FreeParameter(*candidate);
    if (!substitute.parameter.empty()) {
      const absl::StatusOr<double> value =
          options.target_sparsity.has_value() ? absl::StatusOr<double>(quantile) : search.Best(substitute, check);
      if (!value.ok()) return value.status();
      substitute.value = *value;
    }
    const absl::StatusOr<Params> bound = Bind(substitute);
    if (!bound.ok()) return bound.status();
    params.push_back(*bound);
  }

  std::vector<Sums> sums(found.substitutes.size());
  Block x(input.type), f(input.type), g(input.type);
  for (const bool scaled : {false, true}) {
    for (int64_t first = 0; first < input.elements(); first += kBlock) {
      if (absl::Status status = check(); !status.ok()) return status;
      x.Resize(std::min(kBlock, input.elements() - first));
      input.Copy(first, x.size(), x.bytes.data());
      x.ReadValues();
      ApplyTo(*options.function, options.params, x, f);
      for (int64_t i = 0; !scaled && i < x.size(); ++i) {
        found.not_finite += !std::isfinite(x.values[i]) || !std::isfinite(f.values[i]);
        found.zeros += f.values[i] == 0;
      }
      for (size_t c = 0; c < sums.size(); ++c) {
        ApplyTo(*found.substitutes[c].function, params[c], x, g);
        Add(x, f, g, scaled, sums[c], found.substitutes[c]);
      }
    }
    for (size_t c = 0; !scaled && c < sums.size(); ++c) {
      Substitute& to = found.substitutes[c];
      to.scale = sums[c].gg == 0 ? 0 : sums[c].fg / sums[c].gg;
      if (sums[c].ff != 0 && sums[c].gg != 0) to.cosine = sums[c].fg / (std::sqrt(sums[c].ff) * std::sqrt(sums[c].gg));
    }
  }
  if (found.not_finite == found.elements) {
    return InvalidField("input.data", "has no element at which the function is finite; expected at least one");
  }
  for (size_t c = 0; c < sums.size(); ++c) {
    found.substitutes[c].relative_error = Relative(sums[c].errors, sums[c].ff);
    found.substitutes[c].scaled_relative_error = Relative(sums[c].scaled_errors, sums[c].ff);
  }
  return found;
}

}  // namespace actserve::analyse
