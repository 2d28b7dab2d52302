#include "tests/docs/figure.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "client/measure/ticks.h"

namespace actserve::docs {
namespace {

// In the middle between black and white.
constexpr char kGrey[] = "#7d8590", kValueColor[] = "#3a82d8", kDerivativeColor[] = "#d9772b";
constexpr double kTolerance = 0.1;   // of a pixel
constexpr double kFarOutside = 1e3;  // pixels: where lines that leave the picture end
constexpr int kTicksAcross = 8, kTicksUp = 6;

// Values are shown up to this many half ranges of x, so that a slope of 1 looks like one.
constexpr double kTallest = 1.25;

struct Layout {
  double width, height, left, right, top, bottom;
};
constexpr Layout kFigure = {480, 300, 40, 12, 34, 26}, kMiniature = {120, 75, 2, 2, 2, 2};

std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

// How wide text of 12 pixels is, about.
double TextWidth(const std::string& text) { return 6.7 * static_cast<double>(text.size()); }

class Drawing {
 public:
  Drawing(const Portrait& portrait, const Layout& layout) : portrait_(portrait), layout_(layout) {
    const double tallest = kTallest * (portrait.high - portrait.low) / 2;
    for (const auto* strokes : {&portrait.value, &portrait.derivative}) {
      for (const Stroke& stroke : *strokes) {
        for (const Point& point : stroke) {
          low_ = std::min(low_, std::max(point.y, -tallest));
          high_ = std::max(high_, std::min(point.y, tallest));
        }
      }
    }
    const double margin = high_ > low_ ? 0.06 * (high_ - low_) : 1;
    low_ -= margin;
    high_ += margin;
  }

  void Zeros(double opacity) {
    if (Has(0)) Line(layout_.left, Y(0), layout_.width - layout_.right, Y(0), opacity);
    Line(X(0), layout_.top, X(0), layout_.height - layout_.bottom, opacity);
  }

  void Grid() {
    for (const double tick : measure::Ticks(portrait_.low, portrait_.high, kTicksAcross)) {
      Line(X(tick), layout_.top, X(tick), layout_.height - layout_.bottom, 0.2);
      Label(X(tick), layout_.height - layout_.bottom + 16, "middle", absl::StrFormat("%g", tick + 0.0));
    }
    for (const double tick : measure::Ticks(low_, high_, kTicksUp)) {
      Line(layout_.left, Y(tick), layout_.width - layout_.right, Y(tick), 0.2);
      Label(layout_.left - 6, Y(tick) + 4, "end", absl::StrFormat("%.6g", std::fabs(tick) < 1e-9 ? 0 : tick));
    }
  }

  void Legend() {
    const double y = 18, first = layout_.left;
    Sample(first, y, kValueColor, "", portrait_.value_name);
    const double second = first + 34 + TextWidth(portrait_.value_name) + 18;
    Sample(second, y, kDerivativeColor, kDashes, portrait_.derivative_name);
  }

  void Curves(double width) {
    absl::StrAppendFormat(&svg_, "<clipPath id='c'><rect x='%g' y='%g' width='%g' height='%g'/></clipPath>\n",
                          layout_.left, layout_.top, layout_.width - layout_.left - layout_.right,
                          layout_.height - layout_.top - layout_.bottom);
    Curve(portrait_.value, kValueColor, width, "");
    Curve(portrait_.derivative, kDerivativeColor, width * 0.8, kDashes);
  }

  std::string Svg() const {
    return absl::StrFormat(
        "<svg xmlns='http://www.w3.org/2000/svg' width='%g' height='%g' viewBox='0 0 %g %g' role='img'\n"
        "     font-family='system-ui, sans-serif' font-size='12' fill='%s'>\n"
        "<title>%s and %s</title>\n%s</svg>\n",
        layout_.width, layout_.height, layout_.width, layout_.height, kGrey, Escape(portrait_.value_name),
        Escape(portrait_.derivative_name), svg_);
  }

 private:
  static constexpr char kDashes[] = " stroke-dasharray='5 3'";

  double X(double x) const {
    const double share = (x - portrait_.low) / (portrait_.high - portrait_.low);
    return layout_.left + share * (layout_.width - layout_.left - layout_.right);
  }
  double Y(double y) const {
    const double share = (y - low_) / (high_ - low_);
    const double pixel = layout_.height - layout_.bottom - share * (layout_.height - layout_.top - layout_.bottom);
    return std::clamp(pixel, -kFarOutside, kFarOutside);
  }
  bool Has(double y) const { return low_ <= y && y <= high_; }

  void Line(double x1, double y1, double x2, double y2, double opacity) {
    absl::StrAppendFormat(&svg_, "<path d='M%.1f %.1fL%.1f %.1f' stroke='%s' stroke-opacity='%g'/>\n", x1, y1, x2, y2,
                          kGrey, opacity);
  }
  void Label(double x, double y, const char* anchor, const std::string& text) {
    absl::StrAppendFormat(&svg_, "<text x='%.1f' y='%.1f' text-anchor='%s'>%s</text>\n", x, y, anchor, Escape(text));
  }
  void Sample(double x, double y, const char* color, const char* dashes, const std::string& name) {
    absl::StrAppendFormat(&svg_, "<path d='M%.1f %.1fh26' stroke='%s' stroke-width='2'%s/>\n", x, y - 4, color, dashes);
    Label(x + 34, y, "start", name);
  }

  void Curve(const std::vector<Stroke>& strokes, const char* color, double width, const char* dashes) {
    absl::StrAppendFormat(&svg_,
                          "<path clip-path='url(#c)' fill='none' stroke='%s' stroke-width='%g' "
                          "stroke-linejoin='round'%s d='",
                          color, width, dashes);
    for (const Stroke& stroke : strokes) {
      Stroke pixels;
      for (const Point& point : stroke) pixels.push_back({X(point.x), Y(point.y)});
      const char* command = "M";
      for (const Point& pixel : Simplified(pixels, kTolerance)) {
        absl::StrAppendFormat(&svg_, "%s%.1f %.1f", command, pixel.x, pixel.y);
        command = "L";
      }
    }
    svg_ += "'/>\n";
  }

  const Portrait& portrait_;
  const Layout layout_;
  double low_ = HUGE_VAL, high_ = -HUGE_VAL;  // of y
  std::string svg_;
};

}  // namespace

std::string Figure(const Portrait& portrait) {
  Drawing drawing(portrait, kFigure);
  drawing.Grid();
  drawing.Zeros(0.6);
  drawing.Curves(2.5);
  drawing.Legend();
  return drawing.Svg();
}

std::string Miniature(const Portrait& portrait) {
  Drawing drawing(portrait, kMiniature);
  drawing.Zeros(0.45);
  drawing.Curves(1.8);
  return drawing.Svg();
}

}  // namespace actserve::docs
