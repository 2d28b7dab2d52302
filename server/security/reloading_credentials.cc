#include "server/security/reloading_credentials.h"

#include <grpc/grpc.h>

#include <string>
#include <type_traits>

namespace actserve {
namespace {

// gRPC's C library has what its C++ one does not pass on. How credentials of the former are made ones of the latter
// depends on the version: at first those of C++ added their own port to a server,
template <class Base, bool kAddsPorts = std::is_abstract_v<Base>>
class Wrapped final : public Base {
 public:
  explicit Wrapped(grpc_server_credentials* credentials) : credentials_(credentials) {}
  ~Wrapped() override { grpc_server_credentials_release(credentials_); }
  // Called by nobody: the service checks tokens itself.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  grpc_server_credentials* const credentials_;
};

// and since 1.54 they hold those of C.
template <class Base>
class Wrapped<Base, false> final : public Base {
 public:
  explicit Wrapped(grpc_server_credentials* credentials) : Base(credentials) {}
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> MakeReloadingCredentials(bool need_client_certificate,
                                                                  grpc_ssl_server_certificate_config_callback fetch,
                                                                  void* data) {
  grpc_ssl_server_credentials_options* options = grpc_ssl_server_credentials_create_options_using_config_fetcher(
      need_client_certificate ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                              : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
      fetch, data);
  return std::make_shared<Wrapped<grpc::ServerCredentials>>(grpc_ssl_server_credentials_create_with_options(options));
}

}  // namespace actserve
