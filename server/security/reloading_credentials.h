// Server credentials whose certificates may change while the server runs.
#pragma once

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>

namespace actserve {

// TLS 1.2 and 1.3, for one listening address. `fetch` is asked for certificates before every handshake; the first time
// it must have some, later it may say that they have not changed. What it gives and OpenSSL refuses is logged, and what
// it gave before stays in use. `data` must outlive the server.
std::shared_ptr<grpc::ServerCredentials> MakeReloadingCredentials(bool need_client_certificate,
                                                                  grpc_ssl_server_certificate_config_callback fetch,
                                                                  void* data);

}  // namespace actserve
