#include "client/cli/naming.h"

#include <filesystem>
#include <set>

#include "absl/strings/str_format.h"

namespace actserve::client {
namespace {

std::string Stem(const std::string& input) {
  return input == "-" ? "stdin" : std::filesystem::path(input).stem().string();
}

absl::StatusOr<std::string> Expand(const std::string& pattern, const ItemName& name) {
  std::string path;
  for (size_t at = 0; at < pattern.size();) {
    const size_t open = pattern.find('{', at);
    const size_t close = open == std::string::npos ? open : pattern.find('}', open);
    path += pattern.substr(at, close == std::string::npos ? close : open - at);
    if (close == std::string::npos) break;
    const std::string word = pattern.substr(open + 1, close - open - 1);
    if (word == "function") {
      path += name.function;
    } else if (word == "input") {
      path += Stem(name.input);
    } else if (word == "index") {
      path += std::to_string(name.index);
    } else {
      return absl::InvalidArgumentError(
          absl::StrFormat("'%s': {%s} is unknown; expected {function}, {input} or {index}", pattern, word));
    }
    at = close + 1;
  }
  return path;
}

}  // namespace

std::string ItemName::ToString() const { return input == "-" ? function : function + " of " + input; }

absl::StatusOr<std::vector<std::string>> ExpandPattern(const std::string& pattern, const std::vector<ItemName>& names) {
  std::vector<std::string> paths;
  std::set<std::string> seen;
  for (const ItemName& name : names) {
    absl::StatusOr<std::string> path = Expand(pattern, name);
    if (!path.ok()) return path.status();
    if (!seen.insert(*path).second) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "%d items cannot all go to '%s'; put {function}, {input} or {index} into the name", names.size(), *path));
    }
    paths.push_back(*std::move(path));
  }
  return paths;
}

}  // namespace actserve::client
