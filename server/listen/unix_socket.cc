#include "server/listen/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_format.h"

namespace actserve {
namespace {

bool IsSocket(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode);
}

bool SomethingListens(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = fd >= 0 && connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  if (fd >= 0) close(fd);
  return connected;
}

}  // namespace

absl::Status FreeSocketPath(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0) return absl::OkStatus();
  if (!IsSocket(path)) {
    return absl::UnavailableError(absl::StrFormat("cannot listen on unix:%s: a file that is no socket is there", path));
  }
  if (SomethingListens(path)) {
    return absl::UnavailableError(absl::StrFormat("cannot listen on unix:%s: another process does", path));
  }
  unlink(path.c_str());
  return absl::OkStatus();
}

void RemoveSocket(const std::string& path) {
  if (IsSocket(path)) unlink(path.c_str());
}

}  // namespace actserve
