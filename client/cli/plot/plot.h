// Curves over a common x axis, drawn in text.
#pragma once

#include <string>
#include <vector>

namespace actserve::client {

struct Series {
  std::string name;
  std::vector<double> values;  // one for each x; what is not finite is left out
};

struct Plot {
  std::string title;
  std::vector<double> x;  // ascending, evenly spaced
  std::vector<Series> series;
  int width = 80;  // of the whole picture, labels included
  int height = 24;
  bool color = false;  // ANSI colours; without them the second series is dotted
};

// How many x fit a picture of this width: one for each column of dots.
int SamplesFor(int width);

// A title, the curves with labelled axes, and a legend with each curve's least and greatest value; ends with a newline.
std::string Render(const Plot& plot);

}  // namespace actserve::client
