// Charts as SVG, in the colours of the page they stand in (style.cc).
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace actserve::load {

struct Tick {
  double at = 0;
  std::string label;
};

// Values from `low` to `high`, of which low < high; on a logarithmic scale 0 < low.
struct Axis {
  std::string title;
  double low = 0, high = 1;
  bool logarithmic = false;
  std::vector<Tick> ticks;
};

// Axes around values, with round ticks that `format` writes. Logarithmic ones take no heed of values of 0 and below;
// of no values at all, `least` above `most`, they are around 1.
Axis LinearAxis(std::string title, double least, double most, const std::function<std::string(double)>& format);
Axis LogAxis(std::string title, double least, double most, const std::function<std::string(double)>& format);

struct Line {
  std::string name;                                    // in the legend; empty: not there
  std::string color;                                   // of CSS
  std::vector<std::pair<double, double>> points = {};  // those that an axis has no place for are left out
  std::vector<std::string> labels = {};                // what a point says when it is pointed at; empty: no dots
  bool dashed = false;
  bool breaks = false;  // a gap where x goes back or a point is left out, instead of a stroke
};

struct Chart {
  Axis x, y;
  std::vector<Line> lines;
  std::vector<Tick> sections = {};  // labelled vertical strokes, each beginning a section
};
std::string LineChart(const Chart& chart);

// A part of a bar.
struct Part {
  std::string name, color;
};
struct Bar {
  std::string name;
  std::vector<double> values;  // one for each part
};
// Horizontal stacked bars, one below the other, from 0.
std::string BarChart(const std::vector<Part>& parts, const std::vector<Bar>& bars, const std::string& title,
                     const std::function<std::string(double)>& format);

// The colour of one of `count` that ascend from cold to hot.
std::string RampColor(size_t index, size_t count);

std::string Escape(const std::string& text);  // for XML

}  // namespace actserve::load
