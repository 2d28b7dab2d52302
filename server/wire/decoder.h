// From a message's bytes to a Request: protobuf's own reading of tags and numbers, but `data` stays where it is.
#pragma once

#include <google/protobuf/io/coded_stream.h>

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "server/wire/message.h"
#include "server/wire/request.h"

namespace actserve {

class Decoder {
 public:
  Decoder(Direction direction, std::span<const Chunk> message, int max_items, Request& request);

  // Once.
  absl::Status Run();

  // Looks at the outermost fields only.
  static bool HasMoreItemsThan(int most, std::span<const Chunk> message);

 private:
  // Bytes of the message.
  struct Extent {
    int64_t begin = 0, bytes = 0;
  };

  // Each reads what follows a field's tag. False: the bytes are no message, unless failed_ says what else is wrong.
  bool Item();
  bool Parameter(WireItem& item);
  bool Tensor(WireTensor& tensor);
  bool Shape(WireTensor& tensor, uint32_t tag);
  bool Quantization(WireQuantization& quantization);
  bool Bytes(Extent& extent);
  bool Length(int& bytes);  // which the message around has
  uint32_t Tag();           // 0 at the end
  bool Text(const char* field, std::string_view& text);
  template <class Number>
  bool Number(Number& number);
  // A repeated number, one of them (`tag` is `single`) or many; at most `most`.
  template <class Numbers, class Read>
  bool Repeated(const char* field, uint32_t tag, uint32_t single, size_t most, Numbers& numbers, Read read);
  bool Skip(uint32_t tag);

  // Reads a message: calls field(tag) for each of its fields.
  template <class Field>
  bool Fields(Field field);

  // The extent's bytes, put together if need be.
  struct Together {
    const std::byte* data;
    std::span<const Chunk> chunks;  // the message's, or a copy's one
    int64_t begin;                  // among them
  };
  Together PutTogether(const Extent& extent);

  const Direction direction_;
  const std::span<const Chunk> message_;
  const int max_items_;
  Request& request_;
  ChunkStream stream_;
  google::protobuf::io::CodedInputStream in_;
  absl::Status failed_;
};

}  // namespace actserve
