#include "tests/accuracy/tally.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "absl/strings/str_format.h"

namespace actserve::accuracy {

void Tally::Add(bool is_correct, double ulp, uint64_t code) {
  ++inputs;
  correct += is_correct;
  over_one += ulp > 1;
  if (ulp > max_ulp) {
    max_ulp = ulp;
    worst_code = code;
  }
}

void Tally::Merge(const Tally& other) {
  inputs += other.inputs;
  correct += other.correct;
  over_one += other.over_one;
  wrong += other.wrong;
  recomputed += other.recomputed;
  uncertainty = std::max(uncertainty, other.uncertainty);
  if (wrong_at.empty()) wrong_at = other.wrong_at;
  // A tie goes to the smaller code, so that the order of merging leaves no trace.
  if (other.max_ulp > max_ulp ||
      (other.max_ulp == max_ulp && !other.worst.empty() && (worst.empty() || other.worst_code < worst_code))) {
    max_ulp = other.max_ulp;
    worst_code = other.worst_code;
    worst = other.worst;
  }
}

std::string Tally::Text() const {
  return absl::StrFormat("%d,%d,%d,%d,%d,%a,%a,%x,%s,%s", inputs, correct, over_one, wrong, recomputed, max_ulp,
                         uncertainty, worst_code, worst, wrong_at);
}

std::optional<Tally> Tally::Parse(std::string_view text) {
  Tally t;
  bool good = true;
  const auto field = [&] {
    const size_t length = std::min(text.find(','), text.size());
    std::string found(text.substr(0, length));
    good = good && length < text.size();  // every field but the last, which is not read by this, ends in a comma
    text.remove_prefix(std::min(length + 1, text.size()));
    return found;
  };
  const auto integer = [&](auto& value, int base) {
    const std::string digits = field();
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, value, base);
    good = good && error == std::errc() && rest == end;
  };
  const auto real = [&](double& value) {
    const std::string digits = field();
    char* rest = nullptr;
    value = std::strtod(digits.c_str(), &rest);
    good = good && !digits.empty() && *rest == '\0';
  };
  for (int64_t* count : {&t.inputs, &t.correct, &t.over_one, &t.wrong, &t.recomputed}) integer(*count, 10);
  for (double* number : {&t.max_ulp, &t.uncertainty}) real(*number);
  integer(t.worst_code, 16);
  t.worst = field();
  t.wrong_at = text;
  return good ? std::optional(t) : std::nullopt;
}

}  // namespace actserve::accuracy
