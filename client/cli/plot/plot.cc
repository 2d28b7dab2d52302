#include "client/cli/plot/plot.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"
#include "client/cli/plot/canvas.h"
#include "client/measure/ticks.h"

namespace actserve::client {
namespace {

constexpr int kMargin = 9;       // columns of the labels at the left, and their axis
constexpr int kSpare = 1;        // columns kept free at the right
constexpr int kLinesAround = 4;  // title, axis, its labels; a legend line is counted for each series
constexpr const char* kColors[] = {"\x1b[36m", "\x1b[33m", "\x1b[35m", "\x1b[32m"};
constexpr const char* kDim = "\x1b[2m";
constexpr const char* kPlain = "\x1b[0m";

struct Range {
  double low = INFINITY;
  double high = -INFINITY;
};

Range RangeOf(const std::vector<double>& values) {
  Range range;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
  return range;
}

// All curves, with a little room, and never empty.
Range CommonRange(const std::vector<Series>& series) {
  Range range;
  for (const Series& each : series) {
    const Range own = RangeOf(each.values);
    range = {std::min(range.low, own.low), std::max(range.high, own.high)};
  }
  if (range.low > range.high) return {-1, 1};
  const double room = range.high > range.low ? 0.02 * (range.high - range.low) : std::max(1.0, std::abs(range.low));
  return {range.low - room, range.high + room};
}

// Where a value lies among `count` places.
int Place(double value, double low, double high, int count) {
  return static_cast<int>(std::lround((value - low) / (high - low) * (count - 1)));
}

int RowOf(double value, const Range& y, const Canvas& canvas) {
  return canvas.dots_down() - 1 - Place(value, y.low, y.high, canvas.dots_down());
}

// Joins neighbours by a vertical run; a dotted curve leaves gaps.
void DrawCurve(const Series& series, int index, const Range& y, bool dotted, Canvas& canvas) {
  int previous = -1;
  const int columns = std::min(canvas.dots_across(), static_cast<int>(series.values.size()));
  for (int x = 0; x < columns; ++x) {
    if (!std::isfinite(series.values[x])) {
      previous = -1;
      continue;
    }
    const int row = RowOf(series.values[x], y, canvas);
    const int from = previous < 0 || previous == row ? row : previous + (row > previous ? 1 : -1);
    for (int dot = std::min(from, row); dot <= std::max(from, row); ++dot) {
      if (!dotted || (from == row ? x % 3 == 0 : dot % 3 == 0)) canvas.Set(x, dot, index);
    }
    previous = row;
  }
}

std::string Painted(const std::string& text, const char* color, bool use) { return use ? color + text + kPlain : text; }

// The character where no curve is: the lines x = 0 and y = 0.
std::string Background(int column, int row, int zero_column, int zero_row, bool color) {
  if (column == zero_column && row == zero_row) return Painted("┼", kDim, color);
  if (column == zero_column) return Painted("┊", kDim, color);
  return row == zero_row ? Painted("┄", kDim, color) : " ";
}

std::string Label(double value) { return absl::StrFormat("%.4g", value == 0 ? 0 : value); }

// The marks under the x axis, and the labels under those that have room.
std::string BottomAxis(const Range& x, int width) {
  std::string line = std::string(kMargin - 1, ' ') + "└";
  std::string labels(kMargin + width + 8, ' ');
  std::vector<bool> marks(width);
  size_t next_free = 0;
  for (const double tick : measure::Ticks(x.low, x.high, std::max(2, width / 10))) {
    const int column = Place(tick, x.low, x.high, width);
    marks[column] = true;
    const std::string label = Label(tick);
    const size_t at = static_cast<size_t>(std::max(0, kMargin + column - static_cast<int>(label.size()) / 2));
    if (at < next_free) continue;
    labels.replace(at, label.size(), label);
    next_free = at + label.size() + 1;
  }
  for (const bool mark : marks) line += mark ? "┬" : "─";
  labels.erase(labels.find_last_not_of(' ') + 1);
  return line + "\n" + labels + "\n";
}

std::string Legend(const Plot& plot) {
  std::string text;
  size_t longest = 0;
  for (const Series& series : plot.series) longest = std::max(longest, series.name.size());
  for (size_t i = 0; i < plot.series.size(); ++i) {
    const Series& series = plot.series[i];
    const std::string sample = i == 0 || plot.color ? "⠒⠒⠒" : "⠂⠐⠀";
    absl::StrAppendFormat(&text, "%s%s %-*s", std::string(kMargin, ' '), Painted(sample, kColors[i % 4], plot.color),
                          static_cast<int>(longest), series.name);
    if (const Range range = RangeOf(series.values); range.low <= range.high) {
      const auto x_of = [&](double value) {
        return plot.x[std::find(series.values.begin(), series.values.end(), value) - series.values.begin()];
      };
      absl::StrAppendFormat(&text, "  min %s at %s, max %s at %s", Label(range.low), Label(x_of(range.low)),
                            Label(range.high), Label(x_of(range.high)));
    }
    text += "\n";
  }
  return text;
}

}  // namespace

int SamplesFor(int width) { return std::max(1, width - kMargin - kSpare) * Canvas::kDotsAcross; }

std::string Render(const Plot& plot) {
  const int rows = std::max(1, plot.height - kLinesAround + 1 - static_cast<int>(plot.series.size()));
  Canvas canvas(SamplesFor(plot.width) / Canvas::kDotsAcross, rows);
  const Range x = {plot.x.front(), plot.x.back()};
  const Range y = CommonRange(plot.series);
  // The first series is drawn last: it lies on top.
  for (size_t i = plot.series.size(); i-- > 0;) {
    DrawCurve(plot.series[i], static_cast<int>(i), y, i > 0 && !plot.color, canvas);
  }

  std::vector<std::string> labels(rows);
  for (const double tick : measure::Ticks(y.low, y.high, std::max(2, rows / 3))) {
    labels[RowOf(tick, y, canvas) / Canvas::kDotsDown] = Label(tick);
  }
  const int zero_row = y.low < 0 && y.high > 0 ? RowOf(0, y, canvas) / Canvas::kDotsDown : -1;
  const int zero_column =
      x.low < 0 && x.high > 0 ? Place(0, x.low, x.high, canvas.dots_across()) / Canvas::kDotsAcross : -1;

  std::string text = std::string(kMargin, ' ') + plot.title + "\n";
  for (int row = 0; row < rows; ++row) {
    std::string line = absl::StrFormat("%*s%s", kMargin - 1, labels[row] + (labels[row].empty() ? "" : " "),
                                       labels[row].empty() ? "│" : "┤");
    for (int column = 0; column < canvas.width(); ++column) {
      const std::string glyph = canvas.Glyph(column, row);
      line += glyph.empty() ? Background(column, row, zero_column, zero_row, plot.color)
                            : Painted(glyph, kColors[canvas.series(column, row) % 4], plot.color);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text + BottomAxis(x, canvas.width()) + Legend(plot);
}

}  // namespace actserve::client
