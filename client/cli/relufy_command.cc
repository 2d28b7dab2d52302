// actctl relufy: what replacing a function by ReLU or its kin would change, in figures and as curves.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/str_format.h"
#include "client/cli/commands.h"
#include "client/cli/numbers.h"
#include "client/cli/parameter.h"
#include "client/cli/plot/plot.h"
#include "client/cli/report.h"
#include "client/cli/terminal.h"

namespace actserve::client {
namespace {

constexpr double kTargets[] = {0.5, 0.7, 0.8, 0.9, 0.95};
constexpr size_t kCurves = 3;  // beside the function's own

double Percent(int64_t part, int64_t whole) { return 100 * static_cast<double>(part) / static_cast<double>(whole); }

std::string ParameterOf(const v1::Substitute& substitute) {
  if (substitute.parameters().empty()) return "";
  return absl::StrFormat("%s %.4g", substitute.parameters(0).name(), substitute.parameters(0).scalar());
}

void PrintSubstitutes(const std::string& function, const v1::SubstituteResponse& found) {
  std::printf("%s of %s elements: %.1f %% are 0", function.c_str(), std::to_string(found.elements()).c_str(),
              Percent(found.zeros(), found.elements()));
  if (found.not_finite() != 0) std::printf(", %.1f %% not finite", Percent(found.not_finite(), found.elements()));
  std::printf("\n\n  %-14s %-18s %8s %10s %10s %8s %11s %8s %10s\n", "substitute", "parameter", "zeros", "max error",
              "rel. error", "scale", "then error", "cosine", "sign flips");
  for (const v1::Substitute& substitute : found.substitutes()) {
    std::printf("  %-14s %-18s %6.1f %% %10.4g %10.4f %8.4f %11.4f %8.4f %8.1f %%\n", substitute.function().c_str(),
                ParameterOf(substitute).c_str(), Percent(substitute.zeros(), found.elements()), substitute.max_error(),
                substitute.relative_error(), substitute.scale(), substitute.scaled_relative_error(),
                substitute.cosine(), Percent(substitute.sign_flips(), found.elements()));
  }
  std::printf(
      "\n  rel. error: |g - f| / |f|, Euclidean norms over all elements; then error: the same once g is multiplied by "
      "scale\n\n");
}

void PrintThresholds(const std::string& function, const v1::CalibrateResponse& found) {
  std::printf("  Zeroing |%s(x)| up to a threshold instead:\n\n  %8s %12s %10s\n", function.c_str(), "target",
              "threshold", "zeros");
  for (const v1::Threshold& threshold : found.thresholds()) {
    std::printf("  %6.0f %% %12.6g %8.1f %%\n", 100 * threshold.target(), threshold.threshold(),
                100 * threshold.sparsity());
  }
  std::printf("\n");
}

absl::StatusOr<Plot> Draw(const Client& client, const RelufyCommand& command, const std::vector<Parameter>& parameters,
                          const v1::SubstituteResponse& found) {
  Plot plot;
  plot.title = command.function + " and what may take its place";
  plot.width = command.width.value_or(std::min(TerminalWidth(1, 80), 100));
  plot.height = 20;
  plot.color = UseColor(command.color, 1);
  const int count = SamplesFor(plot.width);
  for (int i = 0; i < count; ++i) plot.x.push_back(-4 + 8.0 * i / (count - 1));
  std::vector<EvaluateItem> items = {{command.function, Tensor::Vector(plot.x), parameters}};
  for (const v1::Substitute& substitute : found.substitutes()) {
    if (items.size() > kCurves) break;
    EvaluateItem& item = items.emplace_back(EvaluateItem{substitute.function(), items[0].input});
    for (const v1::Parameter& parameter : substitute.parameters()) {
      item.parameters.push_back({parameter.name(), parameter.scalar()});
    }
  }
  const auto results = client.Evaluate(items);
  if (!results.ok()) return results.status();
  for (size_t i = 0; i < items.size(); ++i) {
    if (!(*results)[i].ok()) return (*results)[i].status();
    plot.series.push_back({items[i].function, (*results)[i]->output.ToDoubles()});
  }
  return plot;
}

}  // namespace

ExitStatus Run(const RelufyCommand& command, const ServerOptions& server) {
  const absl::StatusOr<Client> client = Connect(server, absl::InfiniteDuration());
  if (!client.ok()) return FailUsage(std::string(client.status().message()));
  std::vector<Parameter> parameters;
  for (const std::string& text : command.parameters) {
    absl::StatusOr<GivenParameter> parameter = ParseParameter(text, Uint16::kIsNumber);
    if (!parameter.ok()) return FailUsage(std::string(parameter.status().message()));
    parameters.push_back(std::move(parameter->parameter));
  }
  absl::StatusOr<NpyArray> array = ReadNpy(command.input);
  if (!array.ok()) return Fail("", std::string(array.status().message()));
  const absl::StatusOr<Tensor> input = ToTensor(*std::move(array), command.uint16);
  if (!input.ok()) return Fail(command.input, std::string(input.status().message()));

  const auto substitutes = client->Substitute({.function = command.function,
                                               .input = *input,
                                               .parameters = parameters,
                                               .candidates = command.candidates,
                                               .target_sparsity = command.sparsity});
  if (!substitutes.ok()) return Fail("", Explain(substitutes.status(), server));
  PrintSubstitutes(command.function, *substitutes);
  const auto thresholds = client->Calibrate(
      {.function = command.function, .parameters = parameters, .targets = {std::begin(kTargets), std::end(kTargets)}},
      {*input});
  if (thresholds.ok()) {
    PrintThresholds(command.function, *thresholds);
  } else {
    std::printf("  No thresholds: %s\n\n", Explain(thresholds.status(), server).c_str());
  }
  const absl::StatusOr<Plot> plot = Draw(*client, command, parameters, *substitutes);
  if (!plot.ok()) return Fail("", Explain(plot.status(), server));
  std::fputs(Render(*plot).c_str(), stdout);
  return kSucceeded;
}

}  // namespace actserve::client
