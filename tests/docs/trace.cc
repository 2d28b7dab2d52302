#include "tests/docs/trace.h"

#include <algorithm>
#include <cmath>

namespace actserve::docs {
namespace {

constexpr int kSteps = 768;  // divisible by 3 and by powers of 2, so that kinks at round numbers are hit
constexpr int kBisections = 20;
constexpr double kJump = 1.0 / 50;  // of the curve's height

struct Step {
  Point before, after;
};

// The half, again and again, in which the function changes more.
Step Narrowed(Step step, const std::function<double(double)>& function) {
  for (int i = 0; i < kBisections; ++i) {
    const double x = (step.before.x + step.after.x) / 2, y = function(x);
    const bool is_left = std::fabs(y - step.before.y) > std::fabs(step.after.y - y);
    (is_left ? step.after : step.before) = {x, y};
  }
  return step;
}

// How far a point is from a line, upwards.
double Distance(const Point& point, const Point& from, const Point& to) {
  const double share = to.x > from.x ? (point.x - from.x) / (to.x - from.x) : 0;
  return std::fabs(point.y - (from.y + share * (to.y - from.y)));
}

void Keep(std::span<const Point> points, double tolerance, Stroke& kept) {
  size_t farthest = 0;
  double distance = tolerance;
  for (size_t i = 1; i + 1 < points.size(); ++i) {
    const double own = Distance(points[i], points.front(), points.back());
    if (own > distance) distance = own, farthest = i;
  }
  if (farthest > 0) {
    Keep(points.first(farthest + 1), tolerance, kept);
    Keep(points.subspan(farthest), tolerance, kept);
  } else {
    kept.push_back(points.back());
  }
}

}  // namespace

std::vector<Stroke> Trace(const std::function<std::vector<double>(std::span<const double>)>& function, double low,
                          double high) {
  std::vector<double> x;
  for (int i = 0; i <= kSteps; ++i) x.push_back(low + (high - low) * i / kSteps);
  const std::vector<double> y = function(x);
  double least = HUGE_VAL, most = -HUGE_VAL;
  for (const double each : y) {
    if (std::isfinite(each)) least = std::min(least, each), most = std::max(most, each);
  }
  const double jump = kJump * (most - least);
  const auto one = [&](double at) { return function(std::span(&at, 1))[0]; };

  std::vector<Stroke> strokes(1);
  for (size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(y[i])) {
      strokes.emplace_back();
      continue;
    }
    if (!strokes.back().empty() && std::fabs(y[i] - y[i - 1]) > jump) {
      const Step step = Narrowed({{x[i - 1], y[i - 1]}, {x[i], y[i]}}, one);
      if (std::fabs(step.after.y - step.before.y) > jump) {
        strokes.back().push_back(step.before);
        strokes.push_back({step.after});
      }
    }
    strokes.back().push_back({x[i], y[i]});
  }
  std::erase_if(strokes, [](const Stroke& stroke) { return stroke.size() < 2; });
  return strokes;
}

Stroke Simplified(const Stroke& stroke, double tolerance) {
  if (stroke.size() < 3) return stroke;
  Stroke kept = {stroke.front()};
  Keep(stroke, tolerance, kept);
  return kept;
}

}  // namespace actserve::docs
