// Tables of text.
#pragma once

#include <string>
#include <vector>

namespace actserve::measure {

struct Table {
  std::string title;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header; of ASCII
};

enum class TableStyle { kText, kMarkdown };

// The table with aligned columns: numbers (all but the first column, unless a cell begins with a letter) to the right.
// A Markdown table has its title as a heading of the third level.
std::string Render(const Table& table, TableStyle style);

}  // namespace actserve::measure
