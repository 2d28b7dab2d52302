// Curves as strokes of a pen.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace actserve::docs {

struct Point {
  double x, y;
};
using Stroke = std::vector<Point>;  // ascending in x, without a jump

// Follows a function, which takes many x at once, from low to high. The pen is lifted where the function jumps and
// where it is not finite; a jump's sides are found to a millionth of the range.
std::vector<Stroke> Trace(const std::function<std::vector<double>(std::span<const double>)>& function, double low,
                          double high);

// Leaves out the points that lie within `tolerance` of the line through those kept (Douglas and Peucker).
Stroke Simplified(const Stroke& stroke, double tolerance);

}  // namespace actserve::docs
