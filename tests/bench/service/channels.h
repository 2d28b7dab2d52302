// Connections to a server.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

namespace actserve::bench::service {

// Of both servers and the client.
inline constexpr int kMaxMessageMib = 64;
inline constexpr int kMaxMessageBytes = kMaxMessageMib << 20;

// One carries this many calls at a time.
inline constexpr int kCallsPerConnection = 8;
inline int ConnectionsFor(int in_flight) { return (in_flight + kCallsPerConnection - 1) / kCallsPerConnection; }

// Channels that share no connection, connected, if that can be done within seconds. `address` is host:port or
// unix:/path.
std::vector<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, int count);

}  // namespace actserve::bench::service
