// A drawing of braille characters: each holds two columns and four rows of dots.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace actserve::client {

class Canvas {
 public:
  static constexpr int kDotsAcross = 2;
  static constexpr int kDotsDown = 4;

  // In characters; both positive.
  Canvas(int width, int height) : width_(width), height_(height), cells_(static_cast<size_t>(width) * height) {}

  int width() const { return width_; }
  int height() const { return height_; }
  int dots_across() const { return width_ * kDotsAcross; }
  int dots_down() const { return height_ * kDotsDown; }

  // Sets a dot, counted from the top left, for a series: a character shows the colour of the series that drew in it
  // last. Dots outside the canvas are not drawn.
  void Set(int x, int y, int series);

  // The character at a place in UTF-8, and the series that drew it; empty and -1 where there is no dot.
  std::string Glyph(int column, int row) const;
  int series(int column, int row) const { return cells_[Index(column, row)].series; }

 private:
  struct Cell {
    uint8_t dots = 0;
    int8_t series = -1;
  };
  size_t Index(int column, int row) const { return static_cast<size_t>(row) * width_ + column; }

  int width_;
  int height_;
  std::vector<Cell> cells_;
};

}  // namespace actserve::client
