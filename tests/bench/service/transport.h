// Manners in which a gRPC server can be driven: what may be chosen, and the choices that are compared.
#pragma once

#include <grpcpp/server_builder.h>

#include <span>
#include <string_view>

namespace actserve::bench::service {

struct Transport {
  std::string_view name;  // for people, and on the command line
  int queues = 1;         // completion queues, each with a thread; 0: callbacks
  int read_chunk_bytes = 1 << 20;
  int max_frame_bytes = 0;  // that the client may send; 0: gRPC's default, 16 KiB
  bool probes_bandwidth = true;
  bool sends_in_place = false;  // MSG_ZEROCOPY

  void Apply(grpc::ServerBuilder& builder) const;
};

// The first is actserve's, and that of the echo that it is compared with.
std::span<const Transport> Transports();
// Null for a name that is none of theirs.
const Transport* FindTransport(std::string_view name);

}  // namespace actserve::bench::service
