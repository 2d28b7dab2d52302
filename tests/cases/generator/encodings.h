// Outputs that leave out zeros.
#pragma once

#include "absl/status/statusor.h"
#include "tests/cases/case.pb.h"

namespace actserve::cases {

// The cases of some functions again, asked for in the encodings by turns, and 2:4; INTERNAL where the oracle disagrees.
absl::StatusOr<File> Encodings();

}  // namespace actserve::cases
