#include "tests/golden/digest_file.h"

#include <fstream>

#include "absl/strings/str_format.h"

namespace actserve::golden {

absl::StatusOr<Digests> ReadDigests(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrFormat("cannot read %s", path));
  Digests digests;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const size_t space = line.rfind(' ');
    if (space == std::string::npos || line.size() != space + 17) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s:%d: '%s'; expected a case's name and 16 hexadecimal digits", path, number, line));
    }
    digests[line.substr(0, space)] = line.substr(space + 1);
  }
  return digests;
}

absl::Status WriteDigests(const std::string& path, const Digests& digests) {
  std::ofstream file(path);
  file << "# Digests of results, made by ./dev golden --write: see README.md.\n"
          "# Function, what is computed, element type, parameters, 64-bit FNV-1a of the outputs.\n";
  for (const auto& [name, digest] : digests) file << name << " " << digest << "\n";
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrFormat("cannot write %s", path));
}

std::vector<std::string> DifferencesOf(const Digests& computed, const Digests& recorded) {
  std::vector<std::string> differences;
  for (const auto& [name, digest] : computed) {
    const auto line = recorded.find(name);
    if (line != recorded.end() && line->second != digest) {
      differences.push_back(absl::StrFormat("%s: %s, expected %s", name, digest, line->second));
    }
  }
  return differences;
}

std::vector<std::string> NamesMissingFrom(const Digests& others, const Digests& digests) {
  std::vector<std::string> names;
  for (const auto& [name, digest] : digests) {
    if (!others.contains(name)) names.push_back(name);
  }
  return names;
}

}  // namespace actserve::golden
