#include "server/library_log.h"

#include <google/protobuf/stubs/common.h>
#include <grpcpp/version_info.h>

#include <string>
#include <string_view>

#include "server/observe/log.h"

// Later versions of both log through Abseil, which has sinks of its own.
#define ACTSERVE_GRPC_LOGS (GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR < 65)
#define ACTSERVE_PROTOBUF_LOGS (GOOGLE_PROTOBUF_VERSION < 4022000)

#if ACTSERVE_GRPC_LOGS
#include <grpc/support/log.h>
#endif
#if ACTSERVE_PROTOBUF_LOGS
#include <google/protobuf/stubs/logging.h>
#endif

namespace actserve {

void RouteLibraryLogs() {
#if ACTSERVE_GRPC_LOGS
  gpr_set_log_function([](gpr_log_func_args* args) {
    // A handshake that fails is an error of the client's: anybody who can connect may cause as many as they like.
    const bool is_handshake = std::string_view(args->file).find("ssl_transport_security") != std::string_view::npos;
    const log::Level error = is_handshake ? log::Level::kInfo : log::Level::kError;
    const log::Level level = args->severity == GPR_LOG_SEVERITY_ERROR  ? error
                             : args->severity == GPR_LOG_SEVERITY_INFO ? log::Level::kInfo
                                                                       : log::Level::kDebug;
    log::Write(level, "grpc", {{"message", args->message}, {"file", args->file}, {"line", args->line}});
  });
#endif
#if ACTSERVE_PROTOBUF_LOGS
  google::protobuf::SetLogHandler(
      [](google::protobuf::LogLevel, const char* file, int line, const std::string& message) {
        log::Write(log::Level::kDebug, "protobuf", {{"message", message}, {"file", file}, {"line", line}});
      });
#endif
}

}  // namespace actserve
