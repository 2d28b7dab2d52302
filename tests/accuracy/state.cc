#include "tests/accuracy/state.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include "absl/strings/str_format.h"

namespace actserve::accuracy {
namespace {

constexpr char kEnd[] = "end";  // of a line that is whole

// "job <tab> name=tally <tab> ... <tab> end".
std::string Line(const std::string& job, const Tallies& tallies) {
  std::string line = job;
  for (const auto& [name, tally] : tallies) line += absl::StrFormat("\t%s=%s", name, tally.Text());
  return line + "\t" + kEnd + "\n";
}

std::optional<std::pair<std::string, Tallies>> ParseLine(const std::string& line) {
  std::istringstream fields(line);
  std::string job, field;
  if (!std::getline(fields, job, '\t')) return std::nullopt;
  Tallies tallies;
  while (std::getline(fields, field, '\t')) {
    if (field == kEnd) return std::pair(job, tallies);
    const size_t equals = field.find('=');
    if (equals == std::string::npos) return std::nullopt;
    const std::optional<Tally> tally = Tally::Parse(std::string_view(field).substr(equals + 1));
    if (!tally) return std::nullopt;
    tallies.emplace_back(field.substr(0, equals), *tally);
  }
  return std::nullopt;
}

absl::Status CannotWrite(const std::string& path) {
  return absl::UnavailableError(absl::StrFormat("cannot write %s", path));
}

}  // namespace

std::string ProgramDigest() {
  std::ifstream program("/proc/self/exe", std::ios::binary);
  uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
  for (auto i = std::istreambuf_iterator<char>(program); i != std::istreambuf_iterator<char>(); ++i) {
    hash = (hash ^ static_cast<unsigned char>(*i)) * 0x100000001B3;
  }
  return absl::StrFormat("%016x", hash);
}

absl::StatusOr<State> State::Open(const std::string& path, const std::string& heading) {
  State state;
  state.path_ = path;
  std::ifstream old(path);
  std::string line;
  if (std::getline(old, line) && line == heading) {
    while (std::getline(old, line)) {
      if (auto found = ParseLine(line)) state.done_.insert(*std::move(found));
    }
  }
  // Written again without what was cut short, which the next line would else be appended to.
  std::ofstream file(path);
  file << heading << "\n";
  for (const auto& [job, tallies] : state.done_) file << Line(job, tallies);
  file.close();
  if (!file) return CannotWrite(path);
  return state;
}

const Tallies* State::Find(const std::string& job) const {
  const auto found = done_.find(job);
  return found == done_.end() ? nullptr : &found->second;
}

absl::Status State::Add(const std::string& job, const Tallies& tallies) {
  std::ofstream file(path_, std::ios::app);
  file << Line(job, tallies) << std::flush;
  done_[job] = tallies;
  return file ? absl::OkStatus() : CannotWrite(path_);
}

}  // namespace actserve::accuracy
