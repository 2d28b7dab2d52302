// The worst inputs that runs have found, kept in the repository: tests/accuracy/worst_inputs.txt.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/accuracy/curve.h"

namespace actserve::accuracy {

// One line each: function, direction, type, setting, the input's code in hexadecimal. Lines that begin with # are
// comments.
class Corpus {
 public:
  // Of the newest, for each subject.
  static constexpr size_t kKept = 4;

  static absl::StatusOr<Corpus> Load(const std::string& path);
  absl::Status Save(const std::string& path) const;

  std::vector<uint64_t> Codes(const Subject& subject) const;
  // Puts an input first, and forgets what is then beyond kKept.
  void Add(const Subject& subject, uint64_t code);

 private:
  // The inputs by "function direction type setting".
  std::map<std::string, std::vector<uint64_t>> codes_;
};

}  // namespace actserve::accuracy
