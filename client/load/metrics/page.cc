#include "client/load/metrics/page.h"

#include <cstdlib>

namespace actserve::load {

Page Page::Parse(std::string_view text) {
  Page page;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const size_t labels = line.rfind('}');
    const size_t space = line.find(' ', labels == std::string::npos ? 0 : labels);
    if (line.empty() || line[0] == '#' || space == std::string::npos) continue;
    char* rest = nullptr;
    const double value = std::strtod(line.c_str() + space, &rest);
    if (rest != line.c_str() + space) page.samples_[line.substr(0, space)] += value;
  }
  return page;
}

double Page::Sum(std::string_view name, std::string_view label) const {
  double sum = 0;
  for (auto sample = samples_.lower_bound(name); sample != samples_.end() && sample->first.starts_with(name);
       ++sample) {
    const std::string_view labels = std::string_view(sample->first).substr(name.size());
    if (!labels.empty() && labels[0] != '{') continue;  // a longer name
    if (label.empty() || labels.find(label) != std::string_view::npos) sum += sample->second;
  }
  return sum;
}

}  // namespace actserve::load
