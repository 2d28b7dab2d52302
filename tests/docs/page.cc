#include "tests/docs/page.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/docs/elsewhere.h"
#include "tests/docs/markdown.h"
#include "tests/kernels/judge.h"

namespace actserve::docs {
namespace {

std::string Describe(FunctionKind kind) {
  switch (kind) {
    case FunctionKind::kElementwise: return "Element-wise.";
    case FunctionKind::kPerChannel:
      return "Per channel: parameters may have a value for each index along an axis, by default axis 1.";
    case FunctionKind::kRowwise:
      return "Row-wise: each row along an axis, by default the last, is computed as a whole.";
    default: return "";
  }
}

// The parameter's own summary says more, where there is more to say.
std::string Describe(ParamShape shape) {
  switch (shape) {
    case ParamShape::kScalar: return "a number";
    case ParamShape::kChannels: return "a number, or [channels]";
    case ParamShape::kSegmentsChannels: return "[segments], or [segments, channels]";
    default: return "a tensor";
  }
}

std::string Range(const ParamInfo& param) {
  if (param.is_count) return "a whole number, at most a row's elements";
  if (param.min == -kInfinity && param.max == kInfinity) return "any number";
  if (param.max == kInfinity) return absl::StrFormat("%s and more", Number(param.min));
  if (param.min == -kInfinity) return absl::StrFormat("up to %s", Number(param.max));
  return absl::StrFormat("%s to %s", Number(param.min), Number(param.max));
}

std::string Formulas(const FunctionInfo& info) {
  const bool is_row = info.kind == FunctionKind::kRowwise;
  return absl::StrFormat("```\n%s%s\n%s%s\n```\n", is_row ? "y_i  = " : "f(x)  = ", info.formula,
                         is_row ? "" : "f'(x) = ", info.derivative);
}

std::string Parameters(const FunctionInfo& info) {
  std::vector<std::vector<std::string>> rows;
  for (const ParamInfo& param : info.params) {
    rows.push_back({Code(param.name), std::string(param.summary), param.required ? "none" : Number(param.fallback),
                    Range(param), Describe(param.shape), param.learnable ? "yes" : "no"});
  }
  if (rows.empty()) return "None.\n";
  return MarkdownTable({"name", "what", "default", "range", "shape", "learnable"}, rows);
}

std::string LimitsOf(const FunctionInfo& info) {
  const Limits& l = info.limits;
  return absl::StrFormat("f(-inf) = %s, f(inf) = %s; f'(-inf) = %s, f'(0) = %s, f'(inf) = %s. NaN gives NaN.\n",
                         Number(l.value_at_minus_infinity), Number(l.value_at_plus_infinity),
                         Number(l.derivative_at_minus_infinity), Number(l.derivative_at_zero),
                         Number(l.derivative_at_plus_infinity));
}

bool HasTerms(const oracle::Reference& reference) {
  return reference.rowwise || reference.pointwise->value_terms != nullptr ||
         reference.pointwise->derivative_terms != nullptr;
}

std::string Errors(const Function& function, const Sources& sources) {
  const oracle::Reference& reference = testing::ReferenceOf(function);
  const bool is_exhaustive = sources.exhaustive.Has(function.info.name);
  const Accuracy& accuracy = is_exhaustive ? sources.exhaustive : sources.sample;
  const bool is_measured = accuracy.Has(function.info.name);
  std::vector<std::vector<std::string>> rows;
  for (const DataType type : kWideTypes) {
    std::vector<std::string> row = {std::string(Name(type))};
    for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
      const oracle::Bound& bound = direction == Direction::kEvaluate ? reference.value : reference.gradient;
      row.push_back(Number(type == DataType::kF64 ? bound.f64 : type == DataType::kF32 ? bound.f32 : bound.narrow));
      if (is_measured) row.push_back(accuracy.MaxUlp(type, function.info.name, direction));
    }
    rows.push_back(std::move(row));
  }
  return absl::StrCat(
      "Errors in units of the last place (ULP); 0.5 is correct rounding. The tests hold all builds to the bounds.\n",
      HasTerms(reference) ? "Where the terms of a sum cancel, the unit is that of the terms.\n" : "",
      is_exhaustive
          ? "What was measured is the largest error at the inputs that [accuracy.md](../accuracy.md) tells of.\n\n"
      : is_measured ? "What was measured is the largest error of a [sample of inputs](../accuracy-sample.md), **not "
                      "exhaustively**.\n\n"
                    : "It is **not measured** yet: neither [accuracy.md](../accuracy.md) nor its sample has it.\n\n",
      is_measured ? MarkdownTable({"type", "value: bound", "measured", "derivative: bound", "measured"}, rows)
                  : MarkdownTable({"type", "value: bound", "derivative: bound"}, rows));
}

std::string Names(const FunctionInfo& info) {
  std::string text = "Names regardless of case and underscores: " + Code(info.name);
  for (const std::string_view alias : Aliases(info)) absl::StrAppend(&text, ", ", Code(alias));
  return text + ".\n\n";
}

std::string Signature(const FunctionInfo& info) {
  std::string text;
  for (const ParamInfo& param : info.params) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", std::string(param.name),
                    param.required ? "" : " = " + Number(param.fallback), param.learnable ? " *" : "");
  }
  return text;
}

bool HasLimits(const FunctionInfo& info) {
  return info.kind != FunctionKind::kRowwise &&
         std::none_of(info.params.begin(), info.params.end(), [](const ParamInfo& p) { return p.required; });
}

}  // namespace

std::string Page(const Function& function, const Portrait& portrait, const Sources& sources) {
  const FunctionInfo& info = function.info;
  std::string text =
      absl::StrFormat("%s# %s\n\n%s %s\n\n![%s and %s](plots/%s.svg)\n\n", kWarning, info.name, info.summary,
                      Describe(info.kind), portrait.value_name, portrait.derivative_name, info.name);
  if (!portrait.setting.empty()) absl::StrAppend(&text, "Drawn with ", portrait.setting, ".\n\n");
  absl::StrAppend(&text, Formulas(info));
  const auto add = [&](const char* title, const std::string& content) {
    if (!content.empty()) absl::StrAppend(&text, "\n## ", title, "\n\n", content);
  };
  add("Parameters", Parameters(info));
  if (HasLimits(info)) add("Limits", LimitsOf(info));
  add("Accuracy", Errors(function, sources));
  add("Names", Names(info) + Elsewhere(function, sources.libraries));
  if (!info.usage.empty()) {
    add("Used in", absl::StrFormat("%c%s.\n", absl::ascii_toupper(info.usage[0]), info.usage.substr(1)));
  }
  if (!info.reference.empty()) add("Reference", absl::StrCat(std::string(info.reference), ".\n"));
  return text;
}

std::string Index(const std::vector<Library>& libraries) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [info, index] : Functions()) {
    const std::string link = absl::StrFormat("%s.md", info.name);
    rows.push_back({absl::StrFormat("[![%s](plots/%s-small.svg)](%s)", info.name, info.name, link),
                    absl::StrFormat("[%s](%s)", info.name, link), Code(info.formula), Signature(info)});
  }
  return absl::StrCat(kWarning,
                      "# Functions\n\n"
                      "Value (blue) and derivative (orange, dashed) as the kernels compute them. Each function's page "
                      "has its parameters,\n"
                      "limits, error bounds, and its names in other libraries. Parameters with a * are learnable: "
                      "`Gradient` gives their\n"
                      "gradients, too.\n\n",
                      MarkdownTable({"", "name", "f(x), or y_i", "parameters"}, rows),
                      "\n## What other libraries have\n\nOf the activations that they list, these are not here.\n\n",
                      NotHere(libraries));
}

}  // namespace actserve::docs
