// The results of finished jobs, in a file, so that a run that was stopped goes on where it was.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "tests/accuracy/plan.h"

namespace actserve::accuracy {

// A digest of this program's file: of the kernels, the oracle and the comparison. Results of another are worth nothing.
std::string ProgramDigest();

class State {
 public:
  // Reads what jobs with this heading left, and starts anew where the file is missing or has another heading. What a
  // program that was killed wrote last may be cut short: that is forgotten.
  static absl::StatusOr<State> Open(const std::string& path, const std::string& heading);

  // Null for a job that is not finished.
  const Tallies* Find(const std::string& job) const;
  // Writes through to the file.
  absl::Status Add(const std::string& job, const Tallies& tallies);

 private:
  std::string path_;
  std::map<std::string, Tallies> done_;
};

}  // namespace actserve::accuracy
