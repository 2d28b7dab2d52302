#include "tests/docs/accuracy.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace actserve::docs {
namespace {

// The cells of a table's line; none if it is not one.
std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells;
  if (!line.starts_with("|")) return cells;
  for (size_t begin = 1, end; (end = line.find('|', begin)) != std::string::npos; begin = end + 1) {
    std::string cell = line.substr(begin, end - begin);
    absl::StripAsciiWhitespace(&cell);
    cells.push_back(std::move(cell));
  }
  return cells;
}

bool IsType(const std::string& title) {
  return std::any_of(std::begin(kWideTypes), std::end(kWideTypes), [&](DataType type) { return Name(type) == title; });
}

}  // namespace

absl::StatusOr<Accuracy> Accuracy::Parse(const std::string& page) {
  Accuracy accuracy;
  std::istringstream lines(page);
  std::string type;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) type = line.substr(3);
    const std::vector<std::string> cells = Cells(line);
    if (!IsType(type) || cells.size() < 3) continue;
    if (cells[0] == "function") {
      if (cells[1] != "direction" || cells[2] != "max ULP")
        return absl::InvalidArgumentError(absl::StrCat("a table begins with '", line, "'"));
    } else if (!cells[0].starts_with("-")) {
      accuracy.max_ulp_[{type, cells[0], cells[1]}] = cells[2];
    }
  }
  if (accuracy.max_ulp_.empty()) return absl::InvalidArgumentError("no table of a type, such as '## f32'");
  return accuracy;
}

absl::StatusOr<Accuracy> Accuracy::Read(const std::string& path) {
  std::ifstream file(path);
  absl::StatusOr<Accuracy> accuracy = Parse(std::string(std::istreambuf_iterator<char>(file), {}));
  if (accuracy.ok()) return accuracy;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", std::string(accuracy.status().message())));
}

std::string Accuracy::MaxUlp(DataType type, std::string_view function, Direction direction) const {
  const auto found = max_ulp_.find(
      {std::string(Name(type)), std::string(function), direction == Direction::kEvaluate ? "value" : "derivative"});
  return found == max_ulp_.end() ? "" : found->second;
}

bool Accuracy::Has(std::string_view function) const {
  return std::any_of(max_ulp_.begin(), max_ulp_.end(),
                     [&](const auto& row) { return std::get<1>(row.first) == function; });
}

}  // namespace actserve::docs
