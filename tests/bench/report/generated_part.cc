#include "tests/bench/report/generated_part.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace actserve::bench {

absl::StatusOr<std::string> WithGeneratedPart(const std::string& text, const std::string& command,
                                              const std::string& part) {
  const std::string first = absl::StrCat("<!-- generated: ", command, " -->\n"), last = "<!-- end -->\n";
  const size_t begin = text.find(first);
  const size_t end = begin == std::string::npos ? begin : text.find(last, begin);
  if (end == std::string::npos) return absl::NotFoundError(absl::StrCat("no lines '", first, "' and '", last, "'"));
  return absl::StrCat(text.substr(0, begin), first, "\n", part, "\n", text.substr(end));
}

absl::Status WriteGeneratedPart(const std::string& path, const std::string& command, const std::string& part) {
  std::ifstream in(path);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::stringstream text;
  text << in.rdbuf();
  const absl::StatusOr<std::string> whole = WithGeneratedPart(text.str(), command, part);
  if (!whole.ok()) return absl::NotFoundError(absl::StrCat(path, ": ", whole.status().message()));
  std::ofstream out(path);
  out << *whole;
  return out.flush() ? absl::OkStatus() : absl::UnknownError(absl::StrCat("cannot write ", path));
}

}  // namespace actserve::bench
