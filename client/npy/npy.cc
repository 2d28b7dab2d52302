#include "client/npy/npy.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>
#include <ostream>
#include <span>
#include <utility>

#include "absl/strings/str_format.h"

namespace actserve::client {
namespace {

constexpr size_t kMaxHeader = size_t{1} << 20;
constexpr size_t kBlock = size_t{16} << 20;

absl::Status Invalid(std::string message) { return absl::InvalidArgumentError(message); }

// At most `size` bytes, in blocks: a header that lies about the size costs no memory.
std::string ReadAtMost(std::istream& from, size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    const size_t before = bytes.size();
    const size_t block = std::min(size - before, kBlock);
    bytes.resize(before + block);
    from.read(bytes.data() + before, static_cast<std::streamsize>(block));
    bytes.resize(before + static_cast<size_t>(from.gcount()));
    if (!from) break;
  }
  return bytes;
}

// Magic, version and the header's length; gives the dictionary.
absl::StatusOr<std::string> ReadDictionary(std::istream& from) {
  const std::string magic = ReadAtMost(from, kNpyMagic.size());
  if (magic != kNpyMagic) return Invalid("is not a .npy file: it does not begin with \\x93NUMPY");
  const std::string version = ReadAtMost(from, 2);
  if (version.size() < 2) return Invalid("ends within the .npy header");
  const int major = static_cast<uint8_t>(version[0]);
  if (major < 1 || major > 3) return Invalid(absl::StrFormat("is .npy version %d; expected 1, 2 or 3", major));
  const std::string length = ReadAtMost(from, major == 1 ? 2 : 4);
  if (length.size() < (major == 1 ? 2 : 4)) return Invalid("ends within the .npy header");
  size_t size = 0;
  for (size_t i = 0; i < length.size(); ++i) size |= size_t{static_cast<uint8_t>(length[i])} << (8 * i);
  if (size > kMaxHeader)
    return Invalid(absl::StrFormat("has a .npy header of %d bytes; expected at most %d", size, kMaxHeader));
  std::string dictionary = ReadAtMost(from, size);
  if (dictionary.size() < size) return Invalid("ends within the .npy header");
  return dictionary;
}

void SwapBytes(std::string& data, int item_size) {
  for (size_t i = 0; i < data.size(); i += item_size) std::reverse(data.data() + i, data.data() + i + item_size);
}

// Column-major to row-major.
std::string Transpose(const std::string& data, const NpyHeader& header) {
  const Shape& shape = header.shape;
  const size_t item = header.item_size;
  std::array<int64_t, kMaxRank> stride{};
  int64_t next = 1;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    stride[axis] = next;
    next *= shape.dim(axis);
  }
  std::string result(data.size(), '\0');
  std::array<int64_t, kMaxRank> index{};
  int64_t source = 0;
  for (size_t to = 0; to < data.size(); to += item) {
    std::memcpy(result.data() + to, data.data() + source * item, item);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      source += stride[axis];
      if (++index[axis] < shape.dim(axis)) break;
      source -= stride[axis] * index[axis];
      index[axis] = 0;
    }
  }
  return result;
}

absl::Status Of(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrFormat("%s: %s", path, std::string(status.message())));
}

absl::Status SystemError(const std::string& path) { return absl::ErrnoToStatus(errno == 0 ? EIO : errno, path); }

}  // namespace

absl::StatusOr<NpyArray> ReadNpy(std::istream& from) {
  const absl::StatusOr<std::string> dictionary = ReadDictionary(from);
  if (!dictionary.ok()) return dictionary.status();
  const absl::StatusOr<NpyHeader> header = ParseNpyHeader(*dictionary);
  if (!header.ok()) return header.status();

  NpyArray array{*header, ReadAtMost(from, header->bytes())};
  if (array.data.size() < header->bytes()) {
    return Invalid(absl::StrFormat("is truncated: its shape %s takes %d bytes of data, and %d are there",
                                   header->shape.ToString(), header->bytes(), array.data.size()));
  }
  if (from.peek() != std::istream::traits_type::eof()) {
    return Invalid(absl::StrFormat("has more data than its shape %s takes", header->shape.ToString()));
  }
  if (header->big_endian) SwapBytes(array.data, header->item_size);
  if (header->fortran_order && header->shape.rank() > 1) array.data = Transpose(array.data, *header);
  array.header.big_endian = array.header.fortran_order = false;
  return array;
}

absl::StatusOr<NpyArray> ReadNpy(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return SystemError(path);
  file.peek();
  if (file.bad()) return SystemError(path);  // a directory opens, and then cannot be read
  absl::StatusOr<NpyArray> array = ReadNpy(file);
  return array.ok() ? std::move(array) : Of(path, array.status());
}

absl::Status WriteNpy(const NpyArray& array, std::ostream& to) {
  std::string dictionary = FormatNpyHeader(array.header);
  // NumPy aligns the data to 64 bytes, and ends the header with a newline.
  const size_t before = kNpyMagic.size() + 4;
  dictionary.append(63 - (before + dictionary.size()) % 64, ' ').push_back('\n');
  const char version_and_length[] = {1, 0, static_cast<char>(dictionary.size() & 0xff),
                                     static_cast<char>(dictionary.size() >> 8)};
  to << kNpyMagic;
  to.write(version_and_length, sizeof version_and_length);
  to << dictionary;
  to.write(array.data.data(), static_cast<std::streamsize>(array.data.size()));
  to.flush();
  return to ? absl::OkStatus() : absl::UnavailableError("the data could not be written");
}

absl::Status WriteNpy(const NpyArray& array, const std::string& path) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file || !WriteNpy(array, file).ok()) return SystemError(path);
  return absl::OkStatus();
}

absl::StatusOr<Tensor> ToTensor(NpyArray array, Uint16 uint16, Bytes8 bytes) {
  const NpyHeader& header = array.header;
  if (header.item_size == 1 && header.kind != 'b') {
    if (bytes.f8.has_value() && header.kind != 'i') return Tensor::Make(*bytes.f8, header.shape, std::move(array.data));
    if (!bytes.quantization.given() || header.kind == 'V') {
      return Invalid(
          absl::StrFormat("holds elements of type %c1; say what they stand for: --scale, or of bits of an f8 "
                          "type --f8",
                          header.kind));
    }
    const DataType type = header.kind == 'i' ? DataType::kI8 : DataType::kU8;
    return Tensor::Make(type, header.shape, std::move(array.data), std::move(bytes.quantization));
  }
  if (header.kind == 'f') {
    for (const DataType type : {DataType::kF64, DataType::kF32, DataType::kF16}) {
      if (SizeOf(type) == static_cast<size_t>(header.item_size)) {
        return Tensor::Make(type, header.shape, std::move(array.data));
      }
    }
  }
  const bool may_be_bf16 = (header.kind == 'u' || header.kind == 'V') && header.item_size == 2;
  if (may_be_bf16 && uint16 == Uint16::kIsBF16)
    return Tensor::Make(DataType::kBF16, header.shape, std::move(array.data));
  return Invalid(
      absl::StrFormat("holds elements of type %c%d; expected f8, f4 or f2 (%s)", header.kind, header.item_size,
                      may_be_bf16 ? "if these are bfloat16 bits, say --bf16" : "convert with x.astype('f4')"));
}

NpyArray ToNpy(const Tensor& tensor) {
  NpyHeader header;
  header.kind = tensor.type() == DataType::kBF16 || IsByte(tensor.type()) ? 'u' : 'f';
  if (tensor.type() == DataType::kI8) header.kind = 'i';
  header.item_size = static_cast<int>(SizeOf(tensor.type()));
  header.shape = tensor.shape();
  NpyArray array{header, std::string(tensor.size(), '\0')};
  tensor.CopyTo(std::as_writable_bytes(std::span(array.data))).IgnoreError();  // there is just as much room
  return array;
}

}  // namespace actserve::client
