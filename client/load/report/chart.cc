#include "client/load/report/chart.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "client/measure/ticks.h"

namespace actserve::load {
namespace {

constexpr double kWidth = 760, kHeight = 320, kLeft = 72, kRight = 18, kTop = 16, kBottom = 46;
constexpr double kLegendLine = 20, kLetter = 6.6;  // pixels; the width is a guess
constexpr double kBarHeight = 22, kBarGap = 10, kBarLeft = 150;
constexpr int kTicks = 6;

double Share(const Axis& axis, double value) {
  if (!axis.logarithmic) return (value - axis.low) / (axis.high - axis.low);
  return std::log(value / axis.low) / std::log(axis.high / axis.low);
}

bool Has(const Axis& axis, double value) {
  return std::isfinite(value) && (!axis.logarithmic || value > 0) && value >= axis.low && value <= axis.high;
}

// Ticks are round: "5.00 ms" is 5 ms.
std::string TickLabel(double at, const std::function<std::string(double)>& format) {
  std::string label = format(at == 0 ? 0 : at);  // not -0
  const size_t point = label.find('.');
  if (point == std::string::npos) return label;
  const size_t end = label.find_first_not_of("0123456789", point + 1);
  const std::string unit = end == std::string::npos ? "" : label.substr(end);
  label.erase(std::min(end, label.size()));
  label.erase(label.find_last_not_of('0') + 1);
  if (label.ends_with('.')) label.pop_back();
  return label + unit;
}

// Names with their colours, in lines from `y` on; how high they are goes to `height`.
template <class Names>
std::string Legend(const Names& names, double left, double y, double& height) {
  std::string svg;
  double x = left;
  height = 0;
  for (const auto& each : names) {
    if (each.name.empty()) continue;
    const double width = 26 + kLetter * static_cast<double>(each.name.size()) + 14;
    if (x > left && x + width > kWidth) x = left, y += kLegendLine, height += kLegendLine;
    absl::StrAppendFormat(&svg,
                          "<rect x='%.1f' y='%.1f' width='14' height='4' rx='2' style='fill:%s'/>"
                          "<text x='%.1f' y='%.1f' class='legend'>%s</text>",
                          x, y - 6, each.color, x + 20, y, Escape(each.name));
    x += width;
  }
  if (!svg.empty()) height += kLegendLine;
  return svg;
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart) {}

  std::string Run() && {
    Grid();
    for (const Line& line : chart_.lines) Stroke(line);
    for (const Line& line : chart_.lines) Dots(line);
    double legend = 0;
    svg_ += Legend(chart_.lines, kLeft, kHeight + 14, legend);
    return absl::StrFormat("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %.0f %.0f' role='img'>%s</svg>",
                           kWidth, kHeight + legend, svg_);
  }

 private:
  double X(double value) const { return kLeft + Share(chart_.x, value) * (kWidth - kLeft - kRight); }
  double Y(double value) const { return kHeight - kBottom - Share(chart_.y, value) * (kHeight - kTop - kBottom); }

  void Grid() {
    for (const Tick& tick : chart_.y.ticks) {
      const double y = Y(tick.at);
      absl::StrAppendFormat(&svg_,
                            "<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' class='grid'/>"
                            "<text x='%.1f' y='%.1f' class='tick end'>%s</text>",
                            kLeft, kWidth - kRight, y, y, kLeft - 8, y + 4, Escape(tick.label));
    }
    for (const Tick& tick : chart_.x.ticks) {
      const double x = X(tick.at);
      absl::StrAppendFormat(&svg_,
                            "<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' class='grid'/>"
                            "<text x='%.1f' y='%.1f' class='tick middle'>%s</text>",
                            x, x, kTop, kHeight - kBottom, x, kHeight - kBottom + 16, Escape(tick.label));
    }
    for (const Tick& section : chart_.sections) {
      const double x = X(section.at);
      absl::StrAppendFormat(&svg_,
                            "<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' class='section'/>"
                            "<text x='%.1f' y='%.1f' class='tick'>%s</text>",
                            x, x, kTop - 8, kHeight - kBottom, x + 4, kTop, Escape(section.label));
    }
    absl::StrAppendFormat(&svg_, "<text x='%.1f' y='%.1f' class='title middle'>%s</text>",
                          (kLeft + kWidth - kRight) / 2, kHeight - 10, Escape(chart_.x.title));
    absl::StrAppendFormat(&svg_, "<text transform='translate(14 %.1f) rotate(-90)' class='title middle'>%s</text>",
                          (kTop + kHeight - kBottom) / 2, Escape(chart_.y.title));
  }

  bool IsSeen(const std::pair<double, double>& point) const {
    return Has(chart_.x, point.first) && Has(chart_.y, point.second);
  }

  void Stroke(const Line& line) {
    std::string path;
    bool goes_on = false;
    double before = -INFINITY;
    for (const auto& point : line.points) {
      const bool seen = IsSeen(point);
      if (line.breaks && (!seen || point.first < before)) goes_on = false;
      if (!seen) continue;
      absl::StrAppendFormat(&path, "%s%.1f %.1f", goes_on ? "L" : "M", X(point.first), Y(point.second));
      goes_on = true;
      before = point.first;
    }
    if (path.empty()) return;
    absl::StrAppendFormat(&svg_, "<path d='%s' class='line%s' style='stroke:%s'/>", path, line.dashed ? " dashed" : "",
                          line.color);
  }

  void Dots(const Line& line) {
    for (size_t i = 0; i < line.points.size() && i < line.labels.size(); ++i) {
      if (!IsSeen(line.points[i])) continue;
      absl::StrAppendFormat(&svg_, "<circle cx='%.1f' cy='%.1f' r='4' style='fill:%s'><title>%s</title></circle>",
                            X(line.points[i].first), Y(line.points[i].second), line.color, Escape(line.labels[i]));
    }
  }

  const Chart& chart_;
  std::string svg_;
};

}  // namespace

Axis LinearAxis(std::string title, double least, double most, const std::function<std::string(double)>& format) {
  Axis axis{.title = std::move(title), .low = least, .high = most > least ? most : least + 1, .ticks = {}};
  axis.high += 0.04 * (axis.high - axis.low);
  for (const double at : measure::Ticks(axis.low, axis.high, kTicks)) axis.ticks.push_back({at, TickLabel(at, format)});
  return axis;
}

Axis LogAxis(std::string title, double least, double most, const std::function<std::string(double)>& format) {
  if (!(0 < least && least <= most)) least = most > 0 ? most / 10 : 1;
  most = std::max(most, least * 2);
  Axis axis{.title = std::move(title), .low = least / 1.15, .high = most * 1.15, .logarithmic = true, .ticks = {}};
  // Every power of ten, with 2 and 5 between them where there is room.
  const double decades = std::log10(axis.high / axis.low);
  const int first = static_cast<int>(std::floor(std::log10(axis.low)));
  for (int power = first; power <= std::log10(axis.high); ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double at = std::pow(10, power) * factor;
      if (at < axis.low || at > axis.high || (factor != 1 && decades > 3.5)) continue;
      axis.ticks.push_back({at, TickLabel(at, format)});
    }
  }
  return axis;
}

std::string LineChart(const Chart& chart) { return Drawing(chart).Run(); }

std::string BarChart(const std::vector<Part>& parts, const std::vector<Bar>& bars, const std::string& title,
                     const std::function<std::string(double)>& format) {
  double most = 0;
  for (const Bar& bar : bars) {
    double sum = 0;
    for (const double value : bar.values) sum += value;
    most = std::max(most, sum);
  }
  const Axis axis = LinearAxis(title, 0, most, format);
  const double bottom = kTop + static_cast<double>(bars.size()) * (kBarHeight + kBarGap);
  const auto x = [&](double value) { return kBarLeft + Share(axis, value) * (kWidth - kBarLeft - kRight); };
  std::string svg;
  for (const Tick& tick : axis.ticks) {
    absl::StrAppendFormat(&svg,
                          "<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' class='grid'/>"
                          "<text x='%.1f' y='%.1f' class='tick middle'>%s</text>",
                          x(tick.at), x(tick.at), kTop - 6, bottom, x(tick.at), bottom + 14, Escape(tick.label));
  }
  double y = kTop;
  for (const Bar& bar : bars) {
    absl::StrAppendFormat(&svg, "<text x='%.1f' y='%.1f' class='tick end'>%s</text>", kBarLeft - 8, y + 15,
                          Escape(bar.name));
    double from = 0;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (bar.values[i] <= 0) continue;
      absl::StrAppendFormat(
          &svg, "<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' style='fill:%s'><title>%s: %s</title></rect>",
          x(from), y, std::max(0.5, x(from + bar.values[i]) - x(from)), kBarHeight, parts[i].color,
          Escape(parts[i].name), Escape(format(bar.values[i])));
      from += bar.values[i];
    }
    y += kBarHeight + kBarGap;
  }
  absl::StrAppendFormat(&svg, "<text x='%.1f' y='%.1f' class='title middle'>%s</text>", (kBarLeft + kWidth) / 2,
                        bottom + 34, Escape(title));
  double legend = 0;
  svg += Legend(parts, kBarLeft, bottom + 60, legend);
  return absl::StrFormat("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %.0f %.0f' role='img'>%s</svg>", kWidth,
                         bottom + 46 + legend, svg);
}

std::string RampColor(size_t index, size_t count) {
  using Rgb = std::array<double, 3>;
  constexpr std::array<Rgb, 5> kStops = {Rgb{58, 134, 200}, Rgb{46, 163, 150}, Rgb{140, 170, 50}, Rgb{230, 150, 40},
                                         Rgb{214, 64, 80}};
  const double at = count < 2 ? 0 : static_cast<double>(index) / static_cast<double>(count - 1) * (kStops.size() - 1);
  const auto low = std::min(static_cast<size_t>(at), kStops.size() - 2);
  const double share = at - static_cast<double>(low);
  const auto mixed = [&](int channel) {
    return std::lround(kStops[low][channel] + share * (kStops[low + 1][channel] - kStops[low][channel]));
  };
  return absl::StrFormat("rgb(%d,%d,%d)", mixed(0), mixed(1), mixed(2));
}

std::string Escape(const std::string& text) {
  std::string clean = text;
  // XML has no place for others.
  std::replace_if(
      clean.begin(), clean.end(), [](unsigned char c) { return c < ' ' && c != '\n' && c != '\t'; }, ' ');
  return absl::StrReplaceAll(clean, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"'", "&#39;"}, {"\"", "&quot;"}});
}

}  // namespace actserve::load
