// A file that goes with the test.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace actserve {

class TemporaryFile {
 public:
  // `name` tells a test's files apart.
  TemporaryFile(const std::string& name, const std::string& text)
      : path_(::testing::TempDir() + "actserve." + std::to_string(getpid()) + "." + name) {
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

}  // namespace actserve
