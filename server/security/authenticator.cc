#include "server/security/authenticator.h"

#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "kernels/api/status.h"
#include "server/observe/log.h"

namespace actserve {
namespace {

constexpr char kHeader[] = "authorization";
constexpr std::string_view kScheme = "Bearer ";

// The token of "Bearer TOKEN"; none if it is something else.
std::optional<std::string_view> TokenOf(std::string_view header) {
  if (header.size() <= kScheme.size()) return std::nullopt;
  const bool is_bearer = absl::EqualsIgnoreCase(absl::string_view(header.data(), kScheme.size()),
                                                absl::string_view(kScheme.data(), kScheme.size()));
  if (!is_bearer) return std::nullopt;
  return header.substr(kScheme.size());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Authenticator>> Authenticator::Load(const std::string& path) {
  auto authenticator = std::unique_ptr<Authenticator>(new Authenticator(path));
  if (absl::Status status = authenticator->Reload(); !status.ok()) return status;
  return authenticator;
}

absl::Status Authenticator::Check(const Metadata& metadata) const {
  const auto [first, last] = metadata.equal_range(kHeader);
  if (first == last) {
    return absl::UnauthenticatedError("the call has no token; expected metadata \"authorization: Bearer TOKEN\"");
  }
  if (std::next(first) != last) {
    return absl::UnauthenticatedError("the call has several values of authorization; expected one, \"Bearer TOKEN\"");
  }
  const auto token = TokenOf(std::string_view(first->second.data(), first->second.size()));
  if (!token.has_value()) {
    return absl::UnauthenticatedError("the call's authorization has another form; expected \"Bearer TOKEN\"");
  }
  std::shared_lock lock(mutex_);
  if (tokens_.Contains(*token)) return absl::OkStatus();
  return absl::UnauthenticatedError("the call's token is not one that this server takes");
}

absl::Status Authenticator::Reload() {
  const auto texts = file_.Changed();
  if (!texts.has_value()) return absl::OkStatus();
  if (!texts->ok()) return texts->status();
  absl::StatusOr<TokenSet> tokens = TokenSet::Parse((*texts)->front());
  if (!tokens.ok()) {
    const auto& [setting, path] = file_.files().front();
    return InvalidField(setting, absl::StrFormat("%s: %s", path, std::string(tokens.status().message())));
  }
  const size_t count = tokens->size();
  {
    std::unique_lock lock(mutex_);
    tokens_ = *std::move(tokens);
  }
  log::Info("tokens", {{"count", count}});
  return absl::OkStatus();
}

}  // namespace actserve
