#include "server/wire/request.h"

#include "server/wire/decoder.h"

namespace actserve {

absl::Status Request::Decode(Direction direction, const grpc::ByteBuffer& message, int max_items) {
  message_ = Message(message);
  return Decode(direction, message_.chunks(), max_items);
}

absl::Status Request::Decode(Direction direction, std::span<const Chunk> message, int max_items) {
  return Decoder(direction, message, max_items, *this).Run();
}

}  // namespace actserve
