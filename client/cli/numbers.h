// Numbers as people type and read them.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cpp/tensor.h"

namespace actserve::client {

// One number, decimal or with an exponent, "nan" or "inf" in any case, signed or not; what lies beyond double's range
// is infinite or zero. INVALID_ARGUMENT quotes what is none.
absl::StatusOr<double> ParseNumber(std::string_view token);

// Numbers separated by white space or commas; '#' makes the rest of its line a comment. INVALID_ARGUMENT names the line
// and the token that is no number.
absl::StatusOr<std::vector<double>> ParseNumbers(std::string_view text);

// The shortest decimal that reads back as the same element.
std::string FormatNumber(double value);
std::string FormatElement(const Tensor& tensor, int64_t i);

// Every element, one a line.
void PrintNumbers(const Tensor& tensor, std::ostream& to);

}  // namespace actserve::client
