// actctl plot.
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

std::vector<double> EvenlySpaced(double from, double to, int count) {
  std::vector<double> values(count);
  for (int i = 0; i < count; ++i) values[i] = i + 1 == count ? to : from + (to - from) * i / (count - 1);
  return values;
}

std::string Title(const v1::Function& function, const std::vector<std::string>& parameters) {
  std::string title = absl::StrFormat("%s: %s", function.name(), function.formula());
  for (const std::string& parameter : parameters) title += ", " + parameter;
  return title;
}

}  // namespace

ExitStatus Run(const PlotCommand& command, const ServerOptions& server) {
  if (!(command.from < command.to)) return FailUsage("--from is not less than --to");
  const absl::StatusOr<Client> client = Connect(server, kShortCall);
  if (!client.ok()) return FailUsage(std::string(client.status().message()));
  std::vector<GivenParameter> given;
  for (const std::string& text : command.parameters) {
    absl::StatusOr<GivenParameter> parameter = ParseParameter(text, Uint16::kIsNumber);
    if (!parameter.ok()) return FailUsage(std::string(parameter.status().message()));
    given.push_back(*std::move(parameter));
  }

  const absl::StatusOr<v1::Function> function = client->GetFunction(command.function);
  if (!function.ok()) return Fail("", Explain(function.status(), server));
  if (function->kind() == v1::FUNCTION_KIND_ROWWISE) {
    return Fail(function->name(), "each output depends on a whole row, so there is no curve to draw");
  }

  Plot plot;
  plot.title = Title(*function, command.parameters);
  plot.width = command.width.value_or(std::min(TerminalWidth(1, 80), 100));
  plot.height = command.height.value_or(24);
  plot.color = UseColor(command.color, 1);
  plot.x = EvenlySpaced(command.from, command.to, SamplesFor(plot.width));

  // Of a gated function, the gate, at a linear operand of 1.
  const bool is_gated = function->kind() == v1::FUNCTION_KIND_GATED;
  const Tensor x = Tensor::Vector(plot.x);
  const Tensor input = is_gated ? Tensor::Vector(std::vector<double>(plot.x.size(), 1)) : x;
  const std::optional<Tensor> gate = is_gated ? std::optional(x) : std::nullopt;
  const std::vector<Parameter> parameters = ParametersOf(given, command.function);
  const absl::StatusOr<EvaluateResult> values = client->Evaluate(
      EvaluateItem{.function = command.function, .input = input, .parameters = parameters, .gate = gate});
  if (!values.ok()) return Fail("", Explain(values.status(), server));
  const absl::StatusOr<GradientResult> slopes = client->Gradient(GradientItem{.function = command.function,
                                                                              .input = input,
                                                                              .parameters = parameters,
                                                                              .input_gradient_only = true,
                                                                              .gate = gate});
  if (!slopes.ok()) return Fail("", Explain(slopes.status(), server));
  const std::string of = is_gated ? "(1, x)" : "(x)";
  plot.series = {{function->name() + of, values->output.ToDoubles()},
                 {function->name() + "'" + of, slopes->gate_gradient.value_or(slopes->input_gradient).ToDoubles()}};
  std::fputs(Render(plot).c_str(), stdout);
  return kSucceeded;
}

}  // namespace actserve::client
