// The one place where channels, and the contexts of calls, are made. For the library itself.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "client/cpp/options.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"

namespace actserve::client {

// A channel whose connections no other channel shares. `target` is gRPC's (target.h); the credentials are good
// (MakeChannelCredentials).
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, const ClientOptions& options);

// How gRPC is told to balance and to retry: its service config, as JSON.
std::string ServiceConfig(const RetryOptions& retry);

// When a call that is made now has to be over.
absl::Time DeadlineOf(const ClientOptions& options, const CallOptions& call);

std::unique_ptr<grpc::ClientContext> NewContext(const ClientOptions& options, absl::Time deadline);

}  // namespace actserve::client
