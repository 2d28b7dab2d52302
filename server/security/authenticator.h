// Who may call.
#pragma once

#include <grpcpp/support/string_ref.h>

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/security/tokens.h"
#include "server/security/watched_files.h"

namespace actserve {

class Authenticator {
 public:
  using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

  // INVALID_ARGUMENT or NOT_FOUND says what is wrong with the file of tokens, and names it; FieldOf is the setting.
  static absl::StatusOr<std::unique_ptr<Authenticator>> Load(const std::string& path);

  // OK for a call with "authorization: Bearer TOKEN" and a token of the file's. UNAUTHENTICATED says what is missing,
  // never what was sent. Safe from any thread.
  absl::Status Check(const Metadata& metadata) const;

  // Reads the file again, on one thread at a time. An error is as Load's and comes once for each change that cannot be
  // used; the tokens then stay as they are.
  absl::Status Reload();

 private:
  explicit Authenticator(const std::string& path) : file_({{"token_file", path}}) {}

  WatchedFiles file_;
  mutable std::shared_mutex mutex_;
  TokenSet tokens_;  // guarded by mutex_
};

}  // namespace actserve
