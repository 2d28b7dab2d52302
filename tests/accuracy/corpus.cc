#include "tests/accuracy/corpus.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "absl/strings/str_format.h"

namespace actserve::accuracy {
namespace {

std::string KeyOf(const Subject& subject) {
  return absl::StrFormat("%s %s %s %d", subject.function->info.name, Name(subject.direction),
                         actserve::Name(subject.type), subject.setting);
}

}  // namespace

absl::StatusOr<Corpus> Corpus::Load(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrFormat("cannot read %s", path));
  Corpus corpus;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::string function, direction, type, setting;
    uint64_t code;
    if (!(fields >> function >> direction >> type >> setting >> std::hex >> code)) {
      return absl::InvalidArgumentError(absl::StrFormat("%s:%d: '%s' is no input", path, number, line));
    }
    corpus.codes_[absl::StrFormat("%s %s %s %s", function, direction, type, setting)].push_back(code);
  }
  return corpus;
}

absl::Status Corpus::Save(const std::string& path) const {
  std::ofstream file(path);
  file << "# The worst inputs found so far, newest first: function, direction, type, setting, the input's bits.\n"
          "# Written by ./dev accuracy, read by it and by its tests.\n";
  for (const auto& [key, codes] : codes_) {
    for (const uint64_t code : codes) file << key << absl::StrFormat(" %x\n", code);
  }
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrFormat("cannot write %s", path));
}

std::vector<uint64_t> Corpus::Codes(const Subject& subject) const {
  const auto found = codes_.find(KeyOf(subject));
  return found == codes_.end() ? std::vector<uint64_t>() : found->second;
}

void Corpus::Add(const Subject& subject, uint64_t code) {
  std::vector<uint64_t>& codes = codes_[KeyOf(subject)];
  codes.erase(std::remove(codes.begin(), codes.end(), code), codes.end());
  codes.insert(codes.begin(), code);
  if (codes.size() > kKept) codes.resize(kKept);
}

}  // namespace actserve::accuracy
