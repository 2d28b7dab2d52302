// What ./dev accuracy has measured, read from its page.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "absl/status/statusor.h"
#include "kernels/api/call.h"
#include "kernels/api/data_type.h"

namespace actserve::docs {

class Accuracy {
 public:
  // The page's text. INVALID_ARGUMENT if it has no tables of types.
  static absl::StatusOr<Accuracy> Parse(const std::string& page);
  static absl::StatusOr<Accuracy> Read(const std::string& path);

  // The largest error in ULP of a function at its default parameters, as the page has it; empty if it is not measured.
  std::string MaxUlp(DataType type, std::string_view function, Direction direction) const;
  bool Has(std::string_view function) const;

 private:
  std::map<std::tuple<std::string, std::string, std::string>, std::string> max_ulp_;  // type, function, direction
};

}  // namespace actserve::docs
