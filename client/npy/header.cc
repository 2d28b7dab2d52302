#include "client/npy/header.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "absl/strings/str_format.h"

namespace actserve::client {
namespace {

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("the .npy header is malformed: %s", what));
}

// Takes tokens off the front of a text; what does not match leaves the text as it is.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool Take(char c) {
    SkipSpace();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool TakeWord(std::string_view word) {
    SkipSpace();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  std::optional<std::string_view> TakeString() {
    SkipSpace();
    if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) return std::nullopt;
    const size_t end = text_.find(text_.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view string = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return string;
  }

  // INVALID_ARGUMENT for a number that int64_t cannot hold.
  absl::StatusOr<int64_t> TakeInteger() {
    SkipSpace();
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range) return Malformed("a dimension overflows");
    if (error != std::errc()) return Malformed("'shape' is not a tuple of integers");
    text_.remove_prefix(end - text_.data());
    Take('L');  // Python 2 wrote long integers so
    return value;
  }

  bool AtEnd() {
    SkipSpace();
    return text_.empty();
  }

 private:
  void SkipSpace() { text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size())); }
  std::string_view text_;
};

absl::Status ParseType(Scanner& scanner, NpyHeader& header) {
  const std::optional<std::string_view> descr = scanner.TakeString();
  if (!descr.has_value()) {
    return absl::InvalidArgumentError(
        "the .npy element type is structured; expected a plain number type such as '<f4'");
  }
  const std::string_view orders = "<>=|";
  const bool plain = descr->size() == 3 && orders.find((*descr)[0]) != std::string_view::npos &&
                     std::string_view("fiubV").find((*descr)[1]) != std::string_view::npos &&
                     std::string_view("1248").find((*descr)[2]) != std::string_view::npos;
  if (!plain) {
    return absl::InvalidArgumentError(
        absl::StrFormat("the .npy element type '%s' is not supported; expected numbers of at most 64 bits", *descr));
  }
  header.big_endian = (*descr)[0] == '>';
  header.kind = (*descr)[1];
  header.item_size = (*descr)[2] - '0';
  return absl::OkStatus();
}

absl::Status ParseShape(Scanner& scanner, NpyHeader& header) {
  if (!scanner.Take('(')) return Malformed("'shape' is not a tuple");
  std::vector<int64_t> dims;
  while (!scanner.Take(')')) {
    const absl::StatusOr<int64_t> dim = scanner.TakeInteger();
    if (!dim.ok()) return dim.status();
    dims.push_back(*dim);
    if (!scanner.Take(',')) {
      if (!scanner.Take(')')) return Malformed("'shape' is not a tuple of integers");
      break;
    }
  }
  const absl::StatusOr<Shape> shape = Shape::Make(dims);
  if (!shape.ok()) {
    return absl::InvalidArgumentError(absl::StrFormat("the .npy shape %s", std::string(shape.status().message())));
  }
  header.shape = *shape;
  return absl::OkStatus();
}

absl::Status ParseOrder(Scanner& scanner, NpyHeader& header) {
  header.fortran_order = scanner.TakeWord("True");
  return header.fortran_order || scanner.TakeWord("False") ? absl::OkStatus()
                                                           : Malformed("'fortran_order' is neither True nor False");
}

}  // namespace

absl::StatusOr<NpyHeader> ParseNpyHeader(std::string_view dictionary) {
  struct Field {
    std::string_view key;
    absl::Status (*parse)(Scanner&, NpyHeader&);
    bool seen = false;
  };
  Field fields[] = {{"descr", ParseType}, {"fortran_order", ParseOrder}, {"shape", ParseShape}};

  NpyHeader header;
  Scanner scanner(dictionary);
  if (!scanner.Take('{')) return Malformed("it is not a dictionary");
  while (!scanner.Take('}')) {
    const std::optional<std::string_view> key = scanner.TakeString();
    if (!key.has_value() || !scanner.Take(':')) return Malformed("it is not a dictionary");
    const auto field = std::ranges::find(fields, *key, &Field::key);
    if (field == std::end(fields)) return Malformed(absl::StrFormat("unknown key '%s'", *key));
    if (absl::Status status = field->parse(scanner, header); !status.ok()) return status;
    field->seen = true;
    if (!scanner.Take(',')) {
      if (!scanner.Take('}')) return Malformed("it is not a dictionary");
      break;
    }
  }
  for (const Field& field : fields) {
    if (!field.seen) return Malformed(absl::StrFormat("'%s' is missing", field.key));
  }
  if (!scanner.AtEnd()) return Malformed("something follows the dictionary");
  return header;
}

std::string FormatNpyHeader(const NpyHeader& header) {
  std::string shape;
  for (const int64_t dim : header.shape.dims()) absl::StrAppendFormat(&shape, "%d, ", dim);
  if (header.shape.rank() == 1) shape.pop_back();               // "(3,)"
  if (header.shape.rank() > 1) shape.resize(shape.size() - 2);  // "(3, 4)"
  return absl::StrFormat("{'descr': '%c%c%d', 'fortran_order': False, 'shape': (%s), }",
                         header.item_size == 1 ? '|' : '<', header.kind, header.item_size, shape);
}

}  // namespace actserve::client
