#include "tests/docs/operators.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "absl/strings/str_format.h"

namespace actserve::docs {
namespace {

using nlohmann::json;

// nlohmann's own errors are exceptions too; both end in ParseLibrary.
[[noreturn]] void Reject(const std::string& message) { throw std::invalid_argument(message); }

// Fields that nobody reads are mistyped ones.
void ExpectOnly(const json& object, std::initializer_list<const char*> fields) {
  for (const auto& [field, value] : object.items()) {
    if (std::find(fields.begin(), fields.end(), field) == fields.end())
      Reject(absl::StrFormat("%s has the field '%s', which is none", object.dump(), field));
  }
}

std::string Text(const json& object, const char* field) { return object.value(field, ""); }

OperatorParameter ParameterOf(const json& object) {
  ExpectOnly(object, {"name", "is", "default", "differs"});
  OperatorParameter parameter{
      .name = Text(object, "name"), .is = Text(object, "is"), .differs = Text(object, "differs")};
  if (parameter.name.empty() && parameter.is.empty()) Reject(object.dump() + " has neither a name nor an 'is'");
  if (const auto found = object.find("default"); found != object.end()) {
    if (found->is_null()) {
      if (!parameter.is.empty() && parameter.differs.empty()) Reject(object.dump() + " does not say how it 'differs'");
      return parameter;
    }
    if (found->is_number()) parameter.default_number = found->get<double>();
    parameter.default_text =
        found->is_number() ? absl::StrFormat("%.6g", found->get<double>()) : found->get<std::string>();
  }
  return parameter;
}

Operator OperatorOf(const json& object) {
  ExpectOnly(object, {"names", "when", "function", "missing", "apart", "parameters", "differs", "note"});
  Operator result{.names = object.at("names").get<std::vector<std::string>>(),
                  .when = Text(object, "when"),
                  .function = Text(object, "function"),
                  .missing = Text(object, "missing"),
                  .apart = Text(object, "apart"),
                  .differs = Text(object, "differs"),
                  .note = Text(object, "note")};
  if (result.names.empty()) Reject(object.dump() + " has no names");
  if (!result.function.empty() + !result.missing.empty() + !result.apart.empty() != 1)
    Reject(result.names[0] + ": expected one of 'function', 'missing' and 'apart'");
  for (const json& parameter : object.value("parameters", json::array()))
    result.parameters.push_back(ParameterOf(parameter));
  return result;
}

}  // namespace

std::string_view LastPart(std::string_view name) { return name.substr(name.rfind('.') + 1); }

absl::StatusOr<Library> ParseLibrary(const std::string& text) {
  try {
    const json file = json::parse(text);
    ExpectOnly(file, {"library", "version", "list", "operators"});
    Library library{file.at("library"), file.at("version"), file.at("list"), {}};
    for (const json& object : file.at("operators")) library.operators.push_back(OperatorOf(object));
    return library;
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

absl::StatusOr<std::vector<Library>> ReadLibraries(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  if (paths.empty()) return absl::NotFoundError(absl::StrFormat("%s has no lists of operators (*.json)", folder));
  std::sort(paths.begin(), paths.end());
  std::vector<Library> libraries;
  for (const std::filesystem::path& path : paths) {
    std::ifstream file(path);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    absl::StatusOr<Library> library = ParseLibrary(text);
    if (!library.ok())
      return absl::InvalidArgumentError(absl::StrFormat("%s: %s", path.string(), library.status().message()));
    libraries.push_back(*std::move(library));
  }
  return libraries;
}

}  // namespace actserve::docs
