// Runs a program to its end.
#pragma once

#include <string>
#include <vector>

namespace actserve::testing {

struct Finished {
  int status = -1;  // the exit status; -1 if a signal ended it
  std::string out;
  std::string err;
};

// Runs argv[0], an absolute path, with `input` as its standard input and `environment` ("NAME=VALUE") added to ours.
Finished RunProcess(const std::vector<std::string>& argv, const std::string& input = "",
                    const std::vector<std::string>& environment = {});

// A folder that is removed, with all in it, at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace actserve::testing
