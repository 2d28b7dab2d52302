#include "tests/docs/markdown.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace actserve::docs {

std::string Code(std::string_view text) { return absl::StrFormat("`%s`", text); }

std::string MarkdownTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string text = "|";
    for (const std::string& cell : cells) absl::StrAppend(&text, " ", absl::StrReplaceAll(cell, {{"|", "\\|"}}), " |");
    return text + "\n";
  };
  std::string text = line(header) + line(std::vector<std::string>(header.size(), "---"));
  for (const auto& row : rows) text += line(row);
  return text;
}

std::string Number(double value) { return std::isnan(value) ? "no limit" : absl::StrFormat("%.6g", value); }

}  // namespace actserve::docs
