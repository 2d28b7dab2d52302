#include "kernels/api/registry.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "absl/strings/ascii.h"
#include "kernels/functions/catalog.h"
#include "kernels/functions/tabled.h"

namespace actserve {

// functions/metadata.cc
#define ACT_DECLARE(family)                          \
  std::span<const FunctionInfo> Metadata_##family(); \
  std::span<const bool> ValueTables_##family();
ACT_FAMILIES(ACT_DECLARE)
#undef ACT_DECLARE

namespace {

// Of a client's string that is worth a thought: the cost of one grows with its length.
constexpr size_t kLongestName = 64;

std::vector<Function> MakeFunctions() {
  std::vector<Function> functions;
  const auto add = [&](std::span<const FunctionInfo> family) {
    for (const FunctionInfo& info : family)
      functions.push_back({.info = info, .index = static_cast<int>(functions.size())});
  };
#define ACT_ADD(family) add(Metadata_##family());
  ACT_FAMILIES(ACT_ADD)
#undef ACT_ADD
  return functions;
}

// Levenshtein's edit distance, letters compared without case.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (absl::ascii_tolower(a[i - 1]) != absl::ascii_tolower(b[j - 1]));
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

bool HasValueTable(int function_index) {
  static const std::vector<bool>* const have = [] {
    auto* have = new std::vector<bool>;
#define ACT_ADD(family) \
  for (const bool has_table : ValueTables_##family()) have->push_back(has_table);
    ACT_FAMILIES(ACT_ADD)
#undef ACT_ADD
    return have;
  }();
  return (*have)[static_cast<size_t>(function_index)];
}

std::span<const Function> Functions() {
  static const std::vector<Function>* const functions = new std::vector<Function>(MakeFunctions());
  return *functions;
}

std::string PlainName(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '_') plain.push_back(absl::ascii_tolower(c));
  }
  return plain;
}

std::vector<std::string_view> Aliases(const FunctionInfo& info) {
  std::vector<std::string_view> aliases;
  for (std::string_view rest = info.aliases; !rest.empty();) {
    const size_t comma = rest.find(',');
    aliases.push_back(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return aliases;
}

const Function* FindFunction(std::string_view name) {
  // Every item of every request asks. First for the name as it is, which takes no memory.
  struct Names {
    std::unordered_map<std::string_view, const Function*> exact;
    std::unordered_map<std::string, const Function*> plain;
  };
  static const Names* const names = [] {
    auto* all = new Names;
    const auto add = [&](std::string_view name, const Function& function) {
      all->exact.emplace(name, &function);
      all->plain.emplace(PlainName(name), &function);
    };
    for (const Function& function : Functions()) {
      add(function.info.name, function);
      for (const std::string_view alias : Aliases(function.info)) add(alias, function);
    }
    return all;
  }();
  if (const auto found = names->exact.find(name); found != names->exact.end()) return found->second;
  if (name.size() > kLongestName) return nullptr;
  const auto found = names->plain.find(PlainName(name));
  return found == names->plain.end() ? nullptr : found->second;
}

std::vector<std::string> NearestNames(std::string_view name, size_t most) {
  name = name.substr(0, kLongestName);
  std::vector<std::pair<size_t, std::string_view>> near;
  const auto consider = [&](std::string_view known) {
    const size_t distance = EditDistance(name, known);
    if (distance <= std::max<size_t>(2, known.size() / 2) && distance < known.size())
      near.emplace_back(distance, known);
  };
  for (const Function& function : Functions()) {
    consider(function.info.name);
    for (std::string_view alias : Aliases(function.info)) consider(alias);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (size_t i = 0; i < near.size() && i < most; ++i) names.emplace_back(near[i].second);
  return names;
}

}  // namespace actserve
