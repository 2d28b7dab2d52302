#include "client/cli/plot/canvas.h"

namespace actserve::client {

void Canvas::Set(int x, int y, int series) {
  // Unicode numbers the dots of a braille character down the left column, down the right one, and then the bottom row.
  static constexpr uint8_t kBits[kDotsDown][kDotsAcross] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  if (x < 0 || y < 0 || x >= dots_across() || y >= dots_down()) return;
  Cell& cell = cells_[Index(x / kDotsAcross, y / kDotsDown)];
  cell.dots |= kBits[y % kDotsDown][x % kDotsAcross];
  cell.series = static_cast<int8_t>(series);
}

std::string Canvas::Glyph(int column, int row) const {
  const uint8_t dots = cells_[Index(column, row)].dots;
  if (dots == 0) return "";
  // U+2800 and the dots, in UTF-8.
  return {static_cast<char>(0xe2), static_cast<char>(0xa0 | dots >> 6), static_cast<char>(0x80 | (dots & 0x3f))};
}

}  // namespace actserve::client
