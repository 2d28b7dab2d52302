#include "server/wire/request.h"

#include "server/wire/decoder.h"

namespace actserve {

bool Request::HasMoreItemsThan(int most) const { return Decoder::HasMoreItemsThan(most, message_.chunks()); }

absl::Status Request::Decode(Direction direction, std::span<const Chunk> message, int max_items) {
  return Decoder(direction, message, max_items, *this).Run();
}

}  // namespace actserve
