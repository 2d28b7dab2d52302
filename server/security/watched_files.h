// Files that are read again to see whether they have changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace actserve {

// For one thread at a time. What is compared is what the files say, not when they were written: it is little, and a
// date can lie.
class WatchedFiles {
 public:
  struct File {
    std::string setting;  // that names the file
    std::string path;
  };
  using Texts = std::vector<std::string>;  // in the files' order

  explicit WatchedFiles(std::vector<File> files) : files_(std::move(files)) {}

  const std::vector<File>& files() const { return files_; }

  // What the files say: the first time, and whenever it differs from the time before. An error names the file and is of
  // the field (FieldOf) that its setting is; that it cannot be read for another reason than before is a change, too.
  std::optional<absl::StatusOr<Texts>> Changed();

 private:
  absl::StatusOr<Texts> Read() const;

  const std::vector<File> files_;
  std::optional<absl::StatusOr<Texts>> last_;
};

}  // namespace actserve
