#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/bench/report/report.h"

namespace actserve::bench {
namespace {

constexpr absl::string_view kBegin = "<!-- generated: ./dev bench kernels --write-docs -->\n";
constexpr absl::string_view kEnd = "<!-- end -->\n";

}  // namespace

absl::StatusOr<std::string> WithGeneratedPart(const std::string& text, const std::string& part) {
  const size_t begin = text.find(std::string(kBegin));
  const size_t end = begin == std::string::npos ? begin : text.find(std::string(kEnd), begin);
  if (end == std::string::npos) return absl::NotFoundError(absl::StrCat("no lines '", kBegin, "' and '", kEnd, "'"));
  return absl::StrCat(text.substr(0, begin), kBegin, "\n", part, "\n", text.substr(end));
}

absl::Status WriteGeneratedPart(const std::string& path, const Report& report) {
  std::ifstream in(path);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::stringstream text;
  text << in.rdbuf();

  std::string part = Heading(report);
  for (const Table& table : Tables(report)) absl::StrAppend(&part, "\n", Render(table, TableStyle::kMarkdown));
  const absl::StatusOr<std::string> whole = WithGeneratedPart(text.str(), part);
  if (!whole.ok()) return absl::NotFoundError(absl::StrCat(path, ": ", whole.status().message()));
  std::ofstream out(path);
  out << *whole;
  return out.flush() ? absl::OkStatus() : absl::UnknownError(absl::StrCat("cannot write ", path));
}

}  // namespace actserve::bench
