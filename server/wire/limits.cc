#include "server/wire/limits.h"

#include <google/protobuf/io/coded_stream.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "absl/strings/str_format.h"
#include "actserve/v1/activation.pb.h"
#include "kernels/api/status.h"

namespace actserve {
namespace {

using google::protobuf::io::CodedInputStream;

// The two requests number their fields alike.
constexpr int kItems = v1::EvaluateRequest::kItemsFieldNumber;
constexpr int kParameters = v1::EvaluateItem::kParametersFieldNumber;
static_assert(kItems == v1::GradientRequest::kItemsFieldNumber);
static_assert(kParameters == v1::GradientItem::kParametersFieldNumber);

// The last three bits of a tag.
enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

// False for groups, which our messages have none of, and for what the bytes do not have.
bool Skip(CodedInputStream& in, uint32_t tag) {
  uint64_t varint;
  int length;
  switch (tag & 7) {
    case kVarint: return in.ReadVarint64(&varint);
    case kFixed64: return in.Skip(8);
    case kLengthDelimited: return in.ReadVarintSizeAsInt(&length) && in.Skip(length);
    case kFixed32: return in.Skip(4);
    default: return false;
  }
}

absl::Status Undecodable() { return absl::InvalidArgumentError("the message cannot be decoded as a request"); }

absl::Status CheckItem(CodedInputStream& in, int item) {
  int length = 0;
  if (!in.ReadVarintSizeAsInt(&length)) return Undecodable();
  const CodedInputStream::Limit limit = in.PushLimit(length);
  int parameters = 0;
  while (const uint32_t tag = in.ReadTag()) {
    if (tag >> 3 == kParameters && ++parameters > kMaxWireParameters) {
      return InvalidField(absl::StrFormat("items[%d].parameters", item),
                          absl::StrFormat("has more than %d entries", kMaxWireParameters));
    }
    if (!Skip(in, tag)) return Undecodable();
  }
  if (!in.ConsumedEntireMessage() || in.BytesUntilLimit() != 0) return Undecodable();
  in.PopLimit(limit);
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCounts(const grpc::ByteBuffer& message, int max_items) {
  grpc::ByteBuffer buffer = message;  // shares the bytes
  grpc::ProtoBufferReader reader(&buffer);
  if (!reader.status().ok()) return Undecodable();
  CodedInputStream in(&reader);
  int items = 0;
  while (const uint32_t tag = in.ReadTag()) {
    if (tag != (kItems << 3 | kLengthDelimited)) {
      if (!Skip(in, tag)) return Undecodable();
      continue;
    }
    if (++items > max_items) {
      return InvalidField("items",
                          absl::StrFormat("are more than %d, the limit; expected fewer in a request", max_items));
    }
    if (absl::Status status = CheckItem(in, items - 1); !status.ok()) return status;
  }
  if (!in.ConsumedEntireMessage()) return Undecodable();
  if (items == 0) return InvalidField("items", "are missing; expected at least one");
  return absl::OkStatus();
}

}  // namespace actserve
