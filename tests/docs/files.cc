#include "tests/docs/files.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_format.h"
#include "tests/docs/figure.h"
#include "tests/docs/page.h"

namespace actserve::docs {
namespace {

namespace fs = std::filesystem;

}  // namespace

absl::StatusOr<Files> MakeFiles() {
  absl::StatusOr<std::vector<Library>> libraries = ReadLibraries(kOperators);
  if (!libraries.ok()) return libraries.status();
  absl::StatusOr<Accuracy> exhaustive = Accuracy::Read(kAccuracyPage);
  if (!exhaustive.ok()) return exhaustive.status();
  absl::StatusOr<Accuracy> sample = Accuracy::Read(kAccuracySamplePage);
  if (!sample.ok()) return sample.status();
  const Sources sources{*std::move(libraries), *std::move(exhaustive), *std::move(sample)};
  Files files;
  files["README.md"] = Index(sources.libraries);
  for (const Function& function : Functions()) {
    const Portrait portrait = PortraitOf(function);
    files[absl::StrFormat("%s.md", function.info.name)] = Page(function, portrait, sources);
    files[absl::StrFormat("plots/%s.svg", function.info.name)] = Figure(portrait);
    files[absl::StrFormat("plots/%s-small.svg", function.info.name)] = Miniature(portrait);
  }
  return files;
}

Files ReadFiles(const std::string& folder) {
  Files files;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    files[fs::relative(entry.path(), folder).string()] = std::string(std::istreambuf_iterator<char>(file), {});
  }
  return files;
}

absl::Status WriteFiles(const std::string& folder, const Files& files) {
  for (const auto& [name, content] : ReadFiles(folder)) {
    if (!files.contains(name)) fs::remove(fs::path(folder) / name);
  }
  for (const auto& [name, content] : files) {
    const fs::path path = fs::path(folder) / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::ofstream file(path);
    file << content;
    if (!file.flush()) return absl::UnknownError(absl::StrFormat("cannot write %s", path.string()));
  }
  return absl::OkStatus();
}

}  // namespace actserve::docs
