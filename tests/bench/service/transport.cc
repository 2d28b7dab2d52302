#include "tests/bench/service/transport.h"

#include <algorithm>
#include <array>

namespace actserve::bench::service {
namespace {

constexpr std::array kTransports = {
    Transport{.name = "1 queue"},
    Transport{.name = "callbacks", .queues = 0},
    Transport{.name = "2 queues", .queues = 2},
    Transport{.name = "reads of 8 KiB", .read_chunk_bytes = 8 << 10},
    Transport{.name = "reads of 256 KiB", .read_chunk_bytes = 256 << 10},
    Transport{.name = "frames of 1 MiB", .max_frame_bytes = 1 << 20},
    Transport{.name = "no bandwidth probe", .probes_bandwidth = false},
    Transport{.name = "MSG_ZEROCOPY", .sends_in_place = true},
};

}  // namespace

void Transport::Apply(grpc::ServerBuilder& builder) const {
  builder.AddChannelArgument(GRPC_ARG_TCP_READ_CHUNK_SIZE, read_chunk_bytes);
  if (max_frame_bytes != 0) builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, max_frame_bytes);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, probes_bandwidth ? 1 : 0);
  builder.AddChannelArgument(GRPC_ARG_TCP_TX_ZEROCOPY_ENABLED, sends_in_place ? 1 : 0);
}

std::span<const Transport> Transports() { return kTransports; }

const Transport* FindTransport(std::string_view name) {
  const auto found = std::find_if(kTransports.begin(), kTransports.end(),
                                  [&](const Transport& transport) { return transport.name == name; });
  return found == kTransports.end() ? nullptr : found;
}

}  // namespace actserve::bench::service
