#include "tests/bench/kernels/child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace actserve::bench {

absl::StatusOr<std::string> OutputOfSelf(const std::vector<std::string>& arguments) {
  std::vector<char*> argv = {const_cast<char*>("kernels_bench")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  int ends[2];
  if (pipe(ends) != 0) return absl::ErrnoToStatus(errno, "pipe");
  const pid_t child = fork();
  if (child < 0) return absl::ErrnoToStatus(errno, "fork");
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    execv("/proc/self/exe", argv.data());
    _exit(127);
  }
  close(ends[1]);
  std::string output;
  char part[1 << 14];
  for (ssize_t n; (n = read(ends[0], part, sizeof part)) != 0;) {
    if (n > 0) output.append(part, n);
    if (n < 0 && errno != EINTR) break;
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) return absl::UnknownError(absl::StrCat("the process ended with wait status ", status));
  return output;
}

}  // namespace actserve::bench
