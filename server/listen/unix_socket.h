// The files of unix sockets.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace actserve {

// Makes the path free to listen on: removes a socket that nothing listens on any more. UNAVAILABLE if something does,
// or if the path is something else than a socket.
absl::Status FreeSocketPath(const std::string& path);

// Removes the socket's file, if it is there.
void RemoveSocket(const std::string& path);

}  // namespace actserve
