#include "client/cpp/buffer.h"

#include <vector>

#include "grpcpp/support/slice.h"

namespace actserve::client {

grpc::ByteBuffer ToBuffer(const absl::Cord& bytes) {
  std::vector<grpc::Slice> slices;
  for (const absl::string_view piece : bytes.Chunks()) {
    if (piece.size() < kFewBytes) {
      slices.emplace_back(piece.data(), piece.size());
      continue;
    }
    const auto release = [](void* owner) { delete static_cast<absl::Cord*>(owner); };
    slices.emplace_back(const_cast<char*>(piece.data()), piece.size(), release, new absl::Cord(bytes));
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

absl::Cord FromBuffer(const grpc::ByteBuffer& buffer) {
  absl::Cord bytes;
  std::vector<grpc::Slice> slices;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    const absl::string_view piece(reinterpret_cast<const char*>(slice.begin()), slice.size());
    if (piece.size() < kFewBytes) {
      bytes.Append(piece);  // also those that gRPC keeps inside of the slice itself
    } else {
      bytes.Append(absl::MakeCordFromExternal(piece, [slice](absl::string_view) {}));
    }
  }
  return bytes;
}

}  // namespace actserve::client
