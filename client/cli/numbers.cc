#include "client/cli/numbers.h"

#include <charconv>
#include <cstdlib>

#include "absl/strings/str_format.h"

namespace actserve::client {
namespace {

constexpr std::string_view kSeparators = " \t\r\n\f\v,";

template <class T>
std::string Shortest(T value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  return std::string(text, error == std::errc() ? end : text);
}

}  // namespace

absl::StatusOr<double> ParseNumber(std::string_view token) {
  std::string_view digits = token;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);  // from_chars knows no plus
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = end == digits.data() + digits.size();
  if (error == std::errc::result_out_of_range && whole) return std::strtod(std::string(digits).c_str(), nullptr);
  if (error != std::errc() || !whole) return absl::InvalidArgumentError(absl::StrFormat("'%s' is not a number", token));
  return value;
}

absl::StatusOr<std::vector<double>> ParseNumbers(std::string_view text) {
  std::vector<double> values;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const size_t newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    text = newline == std::string_view::npos ? std::string_view() : text.substr(newline + 1);
    line = line.substr(0, line.find('#'));
    for (size_t begin; (begin = line.find_first_not_of(kSeparators)) != std::string_view::npos;) {
      const size_t end = std::min(line.find_first_of(kSeparators, begin), line.size());
      const absl::StatusOr<double> value = ParseNumber(line.substr(begin, end - begin));
      if (!value.ok()) {
        return absl::InvalidArgumentError(
            absl::StrFormat("line %d: %s", number, std::string(value.status().message())));
      }
      values.push_back(*value);
      line.remove_prefix(end);
    }
  }
  return values;
}

std::string FormatNumber(double value) { return Shortest(value); }

std::string FormatElement(const Tensor& tensor, int64_t i) {
  return tensor.type() == DataType::kF64 ? Shortest(tensor.at(i)) : Shortest(static_cast<float>(tensor.at(i)));
}

void PrintNumbers(const Tensor& tensor, std::ostream& to) {
  for (int64_t i = 0; i < tensor.elements(); ++i) to << FormatElement(tensor, i) << '\n';
}

}  // namespace actserve::client
