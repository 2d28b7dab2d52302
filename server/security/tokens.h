// The tokens that a server takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace actserve {

// Knows tokens by their digests only. Immutable.
class TokenSet {
 public:
  static constexpr size_t kMaxTokens = 1024;  // since each is compared with, every time

  // From a file's text: one a line; blank lines and lines that begin with # do not count, nor does white space around a
  // token. INVALID_ARGUMENT names the line, not the token: none at all, too many, or one that no header could carry.
  static absl::StatusOr<TokenSet> Parse(std::string_view text);

  // Takes as long whatever the tokens are and whichever it is: what the time depends on is the length of `token`.
  bool Contains(std::string_view token) const;
  size_t size() const { return digests_.size(); }

 private:
  using Digest = std::array<uint64_t, 4>;  // SHA-256
  static Digest DigestOf(std::string_view token);

  std::vector<Digest> digests_;
};

}  // namespace actserve
