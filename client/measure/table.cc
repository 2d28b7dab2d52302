#include "client/measure/table.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace actserve::measure {
namespace {

using Row = std::vector<std::string>;

struct Column {
  size_t width = 0;
  bool is_text = false;
};

std::vector<Column> Columns(const Table& table) {
  std::vector<Column> columns(table.header.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].width = table.header[i].size();
    columns[i].is_text = i == 0;
    for (const Row& row : table.rows) {
      columns[i].width = std::max(columns[i].width, row[i].size());
      columns[i].is_text = columns[i].is_text || (!row[i].empty() && absl::ascii_isalpha(row[i][0]));
    }
  }
  return columns;
}

std::string Line(const Row& cells, const std::vector<Column>& columns, bool is_markdown) {
  std::string line = is_markdown ? "| " : "";
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(columns[i].width - cells[i].size(), ' ');
    if (i > 0) line += is_markdown ? " | " : "  ";
    line += columns[i].is_text ? cells[i] + padding : padding + cells[i];
  }
  if (is_markdown) return line + " |\n";
  absl::StripTrailingAsciiWhitespace(&line);
  return line + "\n";
}

std::string Rule(const std::vector<Column>& columns, bool is_markdown) {
  Row cells;
  for (const Column& column : columns) {
    cells.emplace_back(column.width, '-');
    if (is_markdown && !column.is_text) cells.back().back() = ':';
  }
  return Line(cells, columns, is_markdown);
}

}  // namespace

std::string Render(const Table& table, TableStyle style) {
  const bool is_markdown = style == TableStyle::kMarkdown;
  const std::vector<Column> columns = Columns(table);
  std::string text = is_markdown ? absl::StrCat("### ", table.title, "\n\n") : absl::StrCat(table.title, "\n");
  absl::StrAppend(&text, Line(table.header, columns, is_markdown), Rule(columns, is_markdown));
  for (const Row& row : table.rows) text += Line(row, columns, is_markdown);
  return text;
}

}  // namespace actserve::measure
