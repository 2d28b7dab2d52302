#include "kernels/api/sparse_output.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/str_format.h"
#include "kernels/api/status.h"
#include "kernels/cpu/compress.h"
#include "kernels/cpu/work.h"

namespace actserve {
namespace {

// Where less than this is stored of a part, it is moved behind the part before it: it is one piece of memory less to
// send.
constexpr int64_t kFewBytes = 4096;

// "[2, 8]": where an element is.
std::string PlaceOf(int64_t element, const Shape& shape) {
  std::string place;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    place = absl::StrFormat("%s%d%s", axis == 0 ? "[" : ", ", element % shape.dim(axis), place);
    element /= shape.dim(axis);
  }
  return place + "]";
}

}  // namespace

SparseOutput::SparseOutput(Encoding wanted, MutableTensorView dense, std::byte* bits)
    : wanted_(wanted), dense_(dense), bits_(bits), element_bytes_(static_cast<int64_t>(SizeOf(dense.type))) {}

void SparseOutput::Divide(int64_t elements) {
  part_elements_ = elements;
  parts_.assign((dense_.elements() + elements - 1) / elements, {});
}

void SparseOutput::Encode(int64_t part, int64_t offset, const std::byte* elements, int64_t n, const std::byte* ahead) {
  Part& known = parts_[part];
  if (offset == 0) known = {};
  const int64_t first = begin(part) + offset;
  const auto compress = wanted_ == Encoding::kTwoFour ? cpu::CompressTwoOfFour : cpu::CompressToBitmap;
  const cpu::Compressed found = compress(SizeOf(dense_.type), elements, n, positions().data() + first / 8,
                                         negative_zeros().data() + first / 8, At(begin(part) + known.stored), ahead);
  known.stored += found.stored;
  known.has_negative_zeros |= found.has_negative_zeros;
  if (known.misfit < 0 && found.misfit >= 0) known.misfit = first + found.misfit;
}

// Each part is left as is best for itself, so that little is left to do when all are known: where their zeros are
// spread evenly, nothing.
void SparseOutput::EndPart(int64_t part) {
  const Part& known = parts_[part];
  const int64_t n = size(part);
  if (wanted_ != Encoding::kAuto) return;
  if (!IsWorthIt(BytesOf(n, known.stored, known.has_negative_zeros), n * element_bytes_)) MakeDense(part);
}

void SparseOutput::EncodeInPlace(int64_t part) {
  Encode(part, 0, At(begin(part)), size(part));
  EndPart(part);
}

void SparseOutput::Conclude() {
  const int64_t n = dense_.elements();
  stored_ = 0;
  has_negative_zeros_ = false;
  for (const Part& part : parts_) {
    stored_ += part.stored;
    has_negative_zeros_ |= part.has_negative_zeros;
  }
  encoding_ = wanted_;
  if (wanted_ == Encoding::kAuto) {
    const bool is_sparse = IsWorthIt(BytesOf(n, stored_, has_negative_zeros_), n * element_bytes_);
    encoding_ = is_sparse ? Encoding::kBitmap : Encoding::kDense;
  }
  for (int64_t i = 0; i < parts(); ++i) {
    if (encoding_ == Encoding::kDense) {
      MakeDense(i);
    } else if (parts_[i].is_dense) {
      Encode(i, 0, At(begin(i)), size(i));
    }
  }
  GatherValues();
}

void SparseOutput::EncodeAll() {
  Divide(cpu::kPieceElements);
  for (int64_t part = 0; part < parts(); ++part) EncodeInPlace(part);
  Conclude();
}

absl::Status SparseOutput::status() const {
  const auto misfit = std::find_if(parts_.begin(), parts_.end(), [](const Part& part) { return part.misfit >= 0; });
  if (misfit == parts_.end()) return absl::OkStatus();
  return InvalidField(
      "output_encoding",
      absl::StrFormat("the output does not conform to 2:4: the group of four from %s on has more than two "
                      "elements that are not zero; expected at most two",
                      PlaceOf(misfit->misfit, dense_.shape)));
}

SparseView SparseOutput::view() const { return ViewOf(has_negative_zeros_); }

double SparseOutput::share_of_zeros() const {
  const auto elements = static_cast<double>(dense_.elements());
  return elements == 0 ? 0 : 1 - static_cast<double>(stored_) / elements;
}

int64_t SparseOutput::bytes() const {
  const int64_t n = dense_.elements();
  return encoding_ == Encoding::kDense ? n * element_bytes_ : BytesOf(n, stored_, has_negative_zeros_);
}

int64_t SparseOutput::size(int64_t part) const { return std::min(part_elements_, dense_.elements() - begin(part)); }

std::span<std::byte> SparseOutput::positions() const {
  return {bits_, static_cast<size_t>(BitBytes(dense_.elements()))};
}

std::span<std::byte> SparseOutput::negative_zeros() const {
  return {bits_ + BitBytes(dense_.elements()), static_cast<size_t>(BitBytes(dense_.elements()))};
}

int64_t SparseOutput::BytesOf(int64_t elements, int64_t stored, bool has_negative_zeros) const {
  return stored * element_bytes_ + BitBytes(elements) * (has_negative_zeros ? 2 : 1);
}

SparseView SparseOutput::ViewOf(bool has_negative_zeros) const {
  return {wanted_ == Encoding::kTwoFour ? Encoding::kTwoFour : Encoding::kBitmap, dense_.type, dense_.shape,
          positions(), has_negative_zeros ? negative_zeros() : std::span<std::byte>()};
}

void SparseOutput::MakeDense(int64_t part) {
  Part& known = parts_[part];
  std::byte* const elements = At(begin(part));
  if (!known.is_dense && known.stored < size(part)) {
    Expand(ViewOf(known.has_negative_zeros), begin(part), size(part), elements, elements);
  }
  known.is_dense = true;
}

void SparseOutput::GatherValues() {
  values_.clear();
  if (encoding_ == Encoding::kDense) return;
  for (int64_t part = 0; part < parts(); ++part) {
    std::byte* const values = At(begin(part));
    const int64_t bytes = parts_[part].stored * element_bytes_;
    if (values_.empty() || bytes >= kFewBytes) {
      values_.push_back({values, bytes});
      continue;
    }
    Extent& last = values_.back();
    std::memmove(last.data + last.bytes, values, bytes);
    last.bytes += bytes;
  }
}

}  // namespace actserve
