// Outputs without their zeros, as they are made: by parts, each on the thread that computed it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "kernels/api/sparse.h"
#include "kernels/api/tensor_view.h"

namespace actserve {

// Threads encode parts, each once and by one thread; then Conclude, and what came of it can be asked for. All memory is
// the caller's.
class SparseOutput {
 public:
  // Bytes of the elements that are stored, which follow each other.
  struct Extent {
    std::byte* data;
    int64_t bytes;
  };

  // What has a bit for each element lies in memory of so many bytes.
  static constexpr int64_t MostBitBytes(int64_t elements) { return 2 * BitBytes(elements); }

  // `dense` is memory for all elements, and of their type and shape; `bits` of MostBitBytes. `wanted` is not kDense and
  // fits the shape.
  SparseOutput(Encoding wanted, MutableTensorView dense, std::byte* bits);

  const MutableTensorView& dense() const { return dense_; }

  // So many elements, a multiple of 8, are a part; the last has what is left. Before all else.
  void Divide(int64_t elements);
  int64_t parts() const { return static_cast<int64_t>(parts_.size()); }

  // Encodes n elements of a part from its `offset`-th on, which lie elsewhere: in their order, from 0 on, a multiple of
  // 8 at a time but for the last; then EndPart. `ahead`, unless null, has as many bytes that will be wanted next.
  void Encode(int64_t part, int64_t offset, const std::byte* elements, int64_t n, const std::byte* ahead = nullptr);
  void EndPart(int64_t part);
  // The same of a part that lies in dense(), where it would in a dense output.
  void EncodeInPlace(int64_t part);

  // After all parts: chooses the encoding.
  void Conclude();
  // The same of all of an output that lies in dense(), in parts of any size.
  void EncodeAll();

  // What came of it. INVALID_ARGUMENT (field "output_encoding"): the output does not conform to 2:4.
  absl::Status status() const;
  // kDense: dense() is the output.
  Encoding encoding() const { return encoding_; }
  // Else this is, with the values of all elements that are stored, in their order.
  SparseView view() const;
  std::span<const Extent> values() const { return values_; }
  int64_t stored() const { return stored_; }
  double share_of_zeros() const;  // 0 to 1; 0 of an empty tensor
  int64_t bytes() const;          // of the output, however it is encoded

 private:
  struct Part {
    int64_t stored = 0;   // elements, from where the part's first would be
    int64_t misfit = -1;  // the first of a group of four that does not conform
    bool has_negative_zeros = false;
    bool is_dense = false;  // all elements are where they would be
  };

  int64_t begin(int64_t part) const { return part * part_elements_; }
  int64_t size(int64_t part) const;  // in elements
  std::byte* At(int64_t element) const { return dense_.data + element * element_bytes_; }
  std::span<std::byte> positions() const;
  std::span<std::byte> negative_zeros() const;
  int64_t BytesOf(int64_t elements, int64_t stored, bool has_negative_zeros) const;
  SparseView ViewOf(bool has_negative_zeros) const;
  void MakeDense(int64_t part);
  void GatherValues();

  const Encoding wanted_;
  const MutableTensorView dense_;
  std::byte* const bits_;
  const int64_t element_bytes_;
  int64_t part_elements_ = 8;
  std::vector<Part> parts_;

  Encoding encoding_ = Encoding::kDense;
  int64_t stored_ = 0;
  bool has_negative_zeros_ = false;
  std::vector<Extent> values_;
};

}  // namespace actserve
