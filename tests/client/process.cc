#include "tests/client/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

extern char** environ;

namespace actserve::testing {
namespace {

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& each : strings) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Finished RunProcess(const std::vector<std::string>& argv, const std::string& input,
                    const std::vector<std::string>& environment) {
  // Through files: no pipe can fill up and stop either side.
  const TemporaryFolder folder;
  std::ofstream(folder / "in", std::ios::binary) << input;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, (folder / "in").c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, (folder / "out").c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, (folder / "err").c_str(), O_WRONLY | O_CREAT, 0600);

  std::vector<std::string> arguments = argv;
  std::vector<std::string> variables = environment;  // first: the first of a name is the one that counts
  for (char** each = environ; *each != nullptr; ++each) variables.emplace_back(*each);
  pid_t child = 0;
  const int error =
      posix_spawn(&child, argv[0].c_str(), &actions, nullptr, Pointers(arguments).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  Finished finished;
  if (error != 0) return finished;
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) finished.status = WEXITSTATUS(status);
  finished.out = Contents(folder / "out");
  finished.err = Contents(folder / "err");
  return finished;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "actserve-test-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace actserve::testing
