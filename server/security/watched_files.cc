#include "server/security/watched_files.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_format.h"
#include "kernels/api/status.h"

namespace actserve {
namespace {

constexpr size_t kMaxBytes = 1 << 20;

absl::StatusOr<std::string> ReadText(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {  // a folder can be opened
    return absl::NotFoundError(absl::StrFormat("%s: cannot be read: %s", path, std::strerror(errno)));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(absl::StrFormat("%s: is too large; expected at most %d bytes", path, kMaxBytes));
  }
  return text;
}

}  // namespace

std::optional<absl::StatusOr<WatchedFiles::Texts>> WatchedFiles::Changed() {
  absl::StatusOr<Texts> now = Read();
  if (last_.has_value() && *last_ == now) return std::nullopt;
  last_ = now;
  return now;
}

absl::StatusOr<WatchedFiles::Texts> WatchedFiles::Read() const {
  Texts texts;
  for (const File& file : files_) {
    absl::StatusOr<std::string> text = ReadText(file.path);
    if (!text.ok()) return UnderField(file.setting, text.status());
    texts.push_back(*std::move(text));
  }
  return texts;
}

}  // namespace actserve
