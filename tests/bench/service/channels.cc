#include "tests/bench/service/channels.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <chrono>

namespace actserve::bench::service {

std::vector<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, int count) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // or equal channels would share one connection
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  // As actserve's own client: large slices instead of many of 8 KiB.
  arguments.SetInt("grpc.experimental.tcp_read_chunk_size", 256 << 10);
  std::vector<std::shared_ptr<grpc::Channel>> channels(count);
  for (auto& channel : channels)
    channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(10);
  for (const auto& channel : channels) channel->WaitForConnected(deadline);
  return channels;
}

}  // namespace actserve::bench::service
