// How a client knows the server, and how the server knows the client.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/client_context.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace actserve::client {

// All in PEM, as text: not names of files.
struct Tls {
  std::string ca = {};  // certificates of who may sign the server's; empty: those that the system trusts
  std::string certificate =
      {};                // the client's own, for servers that ask for one (mutual TLS), then the intermediate ones
  std::string key = {};  // that certificate's private key, without a passphrase
  std::string server_name = {};  // the name that the server's certificate is to have; empty: the target's host
};

struct Credentials {
  std::optional<Tls> tls = {};  // none: plain text
  std::string token = {};       // sent with each call; empty: none. Without TLS anybody on the way can read it
};

// The channel's credentials; adds to its arguments what belongs to them. INVALID_ARGUMENT says what is wrong: PEM that
// is none, a certificate without its key, a token that no header can carry.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const Credentials& credentials,
                                                                                 grpc::ChannelArguments& arguments);

// Makes the call carry the token, if there is one.
void AddToken(const Credentials& credentials, grpc::ClientContext& context);

}  // namespace actserve::client
