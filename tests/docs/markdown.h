// Pieces of Markdown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace actserve::docs {

std::string Code(std::string_view text);

// A table; all rows are as long as the header. Bars in cells are escaped.
std::string MarkdownTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

// Six digits; "0.01", "-inf", and "no limit" for NaN.
std::string Number(double value);

}  // namespace actserve::docs
