#include "tests/e2e/metrics_page.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <regex>
#include <sstream>

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
  static const std::regex kHelp(R"(# HELP [a-zA-Z_:][a-zA-Z0-9_:]* .*)");
  static const std::regex kType(R"(# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped))");
  static const std::regex kSample(
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\.)*",?)*\})? (\S+))re");
  MetricsPage page;
  std::istringstream lines(body);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (line.empty() || std::regex_match(line, kHelp)) continue;
    if (std::regex_match(line, match, kType)) {
      if (!page.types.emplace(match[1], match[2]).second) page.errors.push_back("twice: " + line);
      continue;
    }
    char* end = nullptr;
    const std::string number = std::regex_match(line, match, kSample) ? match[3].str() : "";
    const double value = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0' || !Belongs(match[1], page.types) ||
        !page.samples.emplace(match[1].str() + match[2].str(), value).second) {
      page.errors.push_back(line);
    }
  }
  return page;
}

MetricsPage Scrape(const std::string& address) {
  const std::string answer = HttpGet(address, "/metrics");
  const size_t body = answer.find("\r\n\r\n");
  return ParseMetrics(body == std::string::npos ? answer : answer.substr(body + 4));
}

}  // namespace actserve
