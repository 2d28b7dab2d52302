#include <curl/curl.h>

#include <memory>

#include "absl/strings/str_format.h"
#include "client/load/metrics/page.h"

namespace actserve::load {
namespace {

constexpr long kTimeoutMs = 2000;

size_t Append(char* data, size_t size, size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

}  // namespace

absl::StatusOr<Page> Scrape(const std::string& address) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
  if (curl == nullptr) return absl::UnavailableError("libcurl cannot be used");
  const std::string url = absl::StrFormat("http://%s/metrics", address);
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");  // whatever the environment says: it is the server's own port
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return absl::UnavailableError(absl::StrFormat("%s: %s", url, curl_easy_strerror(code)));
  return Page::Parse(body);
}

}  // namespace actserve::load
