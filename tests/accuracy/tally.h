// What is known of a subject after some of its inputs were measured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace actserve::accuracy {

struct Tally {
  int64_t inputs = 0;
  int64_t correct = 0;     // the result is the exact value, rounded once to nearest even
  int64_t over_one = 0;    // off by more than one unit of the last place
  int64_t wrong = 0;       // a NaN, an infinity or the sign of a zero is not what it must be
  int64_t recomputed = 0;  // inputs that the oracle itself decided
  double max_ulp = 0;
  double uncertainty = 0;     // no error is above max_ulp by more than this, in ULP
  uint64_t worst_code = 0;    // the input of max_ulp
  std::string worst = {};     // the same for people; empty where every result is exact
  std::string wrong_at = {};  // an input of a wrong result, for people

  // Records one result that was judged exactly.
  void Add(bool is_correct, double ulp, uint64_t code);
  void Merge(const Tally& other);

  // One line, and back; nothing for what Text has not written.
  std::string Text() const;
  static std::optional<Tally> Parse(std::string_view text);
  friend bool operator==(const Tally&, const Tally&) = default;
};

}  // namespace actserve::accuracy
