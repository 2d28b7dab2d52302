#include "tests/e2e/metrics_page.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <sstream>
#include <string_view>

namespace actserve {
namespace {

// What a sample's name may add to its family's, by type.
bool Belongs(const std::string& name, const std::map<std::string, std::string>& types) {
  if (types.contains(name)) return types.at(name) != "histogram";
  for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    const auto family = types.find(name.substr(0, name.size() - suffix.size()));
    if (family != types.end()) return family->second == "histogram" || family->second == "summary";
  }
  return false;
}

// The length of the name at the start of `text`; 0 if there is none. Labels' names have no colons.
size_t NameLength(std::string_view text, bool label) {
  size_t n = 0;
  while (n < text.size() &&
         (std::isalpha(static_cast<unsigned char>(text[n])) || text[n] == '_' || (!label && text[n] == ':') ||
          (n > 0 && std::isdigit(static_cast<unsigned char>(text[n]))))) {
    ++n;
  }
  return n;
}

// The length of `{a="b",c="d"}` at the start of `text`; 0 if there is none.
size_t LabelsLength(std::string_view text) {
  if (!text.starts_with('{')) return 0;
  for (size_t at = 1;;) {
    const size_t name = NameLength(text.substr(at), /*label=*/true);
    if (name == 0 || text.substr(at + name, 2) != "=\"") return 0;
    for (at += name + 2; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\';
    if (at + 1 >= text.size()) return 0;
    if (text[at + 1] == '}') return at + 2;
    if (text[at + 1] != ',') return 0;
    at += 2;
  }
}

// "name type".
bool AddType(const std::string& text, MetricsPage& page) {
  const size_t name = NameLength(text, /*label=*/false);
  if (name == 0 || name + 1 >= text.size() || text[name] != ' ') return false;
  const std::string type = text.substr(name + 1);
  if (type != "counter" && type != "gauge" && type != "histogram" && type != "summary" && type != "untyped")
    return false;
  return page.types.emplace(text.substr(0, name), type).second;
}

// "name{labels} value".
bool AddSample(const std::string& line, MetricsPage& page) {
  const size_t name = NameLength(line, /*label=*/false);
  const size_t series = name + LabelsLength(std::string_view(line).substr(name));
  if (name == 0 || series + 1 >= line.size() || line[series] != ' ' || line[series + 1] == ' ') return false;
  char* end = nullptr;
  const double value = std::strtod(line.c_str() + series + 1, &end);
  return *end == '\0' && Belongs(line.substr(0, name), page.types) &&
         page.samples.emplace(line.substr(0, series), value).second;
}

}  // namespace

std::string HttpGet(const std::string& address, const std::string& path) {
  const size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + colon + 1)));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\nConnection: close\r\n\r\n";
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
      char buffer[4096];
      for (ssize_t n; (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) answer.append(buffer, n);
    }
  }
  close(fd);
  return answer;
}

MetricsPage ParseMetrics(const std::string& body) {
  MetricsPage page;
  std::istringstream lines(body);
  for (std::string line; std::getline(lines, line);) {
    const bool good = line.empty() || line.starts_with("# HELP ") ||
                      (line.starts_with("# TYPE ") ? AddType(line.substr(7), page) : AddSample(line, page));
    if (!good) page.errors.push_back(line);
  }
  return page;
}

MetricsPage Scrape(const std::string& address) {
  const std::string answer = HttpGet(address, "/metrics");
  const size_t body = answer.find("\r\n\r\n");
  return ParseMetrics(body == std::string::npos ? answer : answer.substr(body + 4));
}

}  // namespace actserve
