#include "kernels/analyse/profile.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <mutex>
#include <utility>

#include "absl/strings/str_format.h"
#include "kernels/analyse/scan.h"
#include "kernels/api/status.h"
#include "kernels/cpu/convert.h"

namespace actserve::analyse {
namespace {

constexpr int64_t kPiece = 65536;  // elements; a multiple of kBlock

// Set bits among [begin, begin + n) of words.
int64_t CountBits(const uint64_t* words, int64_t begin, int64_t n) {
  int64_t count = 0;
  while (n > 0) {
    const int64_t shift = begin % 64, taken = std::min(n, 64 - shift);
    uint64_t bits = words[begin / 64] >> shift;
    if (taken < 64) bits &= (uint64_t{1} << taken) - 1;
    count += std::popcount(bits);
    begin += taken;
    n -= taken;
  }
  return count;
}

// Groups of four among the zeros' bits [begin, begin + n) that have at least two set.
int64_t CountConforming(const uint64_t* words, int64_t begin, int64_t n) {
  int64_t count = 0;
  int64_t i = begin;
  const int64_t end = begin + n / 4 * 4;
  for (; i % 64 != 0 && i < end; i += 4) count += CountBits(words, i, 4) >= 2;
  for (; i + 64 <= end; i += 64) {
    const uint64_t pairs = words[i / 64] - ((words[i / 64] >> 1) & 0x5555555555555555);
    const uint64_t fours = (pairs & 0x3333333333333333) + ((pairs >> 2) & 0x3333333333333333);
    count += std::popcount((fours + 0x6666666666666666) & 0x8888888888888888);  // 2 + 6 has the bit, 1 + 6 has not
  }
  for (; i < end; i += 4) count += CountBits(words, i, 4) >= 2;
  return count;
}

void AddRow(const Counts& row, Profile& to) {
  const double share = static_cast<double>(row.zeros) / static_cast<double>(row.elements);
  ++to.rows;
  to.min_row_zeros = std::min(to.min_row_zeros, share);
  to.max_row_zeros = std::max(to.max_row_zeros, share);
  ++to.rows_by_zeros[row.zeros * 10 / row.elements];
  ++to.rows_by_near_zeros[row.near_zeros * 10 / row.elements];
}

// Where numbers of a kind are scanned, and what becomes of the tables.
template <class Real, class Bits, int kBias, int kShift>
class Scanner {
 public:
  explicit Scanner(double near_zero) {
    auto near = static_cast<Real>(near_zero);
    if (static_cast<double>(near) > near_zero) near = std::nextafter(near, Real{0});  // the last that is not above
    if (std::isinf(near)) near = std::numeric_limits<Real>::max();
    near_bits_ = std::bit_cast<Bits>(near);
  }

  // Elements [first, first + n) of the tensor.
  void Add(const InputView& tensor, int64_t first, int64_t n, uint64_t* zeros, uint64_t* near_zeros) {
    constexpr DataType kType = sizeof(Real) == 4 ? DataType::kF32 : DataType::kF64;
    for (int64_t done = 0; done < n; done += kBlock) {
      const int64_t count = std::min(kBlock, n - done);
      alignas(8) std::byte scratch[8];
      const Real* numbers = block_;
      InputView::Run run{};
      if (tensor.type == kType) run = tensor.At(first + done, count, scratch);
      if (tensor.type == kType && run.count == count && run.data != scratch &&
          reinterpret_cast<uintptr_t>(run.data) % alignof(Real) == 0) {
        numbers = reinterpret_cast<const Real*>(run.data);
      } else {
        cpu::ToNumbers(tensor, first + done, count, kType, reinterpret_cast<std::byte*>(block_));
      }
      ScanBlock(numbers, count, near_bits_, scan_, zeros + done / 64, near_zeros + done / 64);
    }
  }

  // Adds all of it to a profile whose zeros are not counted yet, and begins again.
  void Give(int64_t zeros, Profile& to) {
    constexpr int kHalf = Scan<Bits>::kFields / 2;
    for (int field = 0; field < 2 * kHalf; ++field) {
      int64_t count = 0;
      for (auto& table : scan_.fields) count += std::exchange(table[field], 0);
      const bool negative = field >= kHalf;
      const int exponent = field % kHalf;
      if (exponent == 0) count -= negative ? scan_.negative_zeros : zeros - scan_.negative_zeros;
      if (exponent == kHalf - 1) {
        to.infinities += count;
        continue;
      }
      const int bucket = std::clamp(exponent - kBias, Profile::kLeastExponent, Profile::kGreatestExponent);
      (negative ? to.negative : to.positive)[bucket - Profile::kLeastExponent] += count;
    }
    to.infinities -= scan_.nans;
    to.nans += scan_.nans;
    to.min = std::min(to.min, scan_.min + 0.0);
    to.max = std::max(to.max, scan_.max + 0.0);
    scan_ = {};
  }

 private:
  Bits near_bits_;
  Scan<Bits> scan_;
  Real block_[kBlock];
};

class ProfileExecution final : public Execution {
 public:
  ProfileExecution(const ProfileOptions& options, const InputView& tensor, int axis, Profile& into)
      : options_(options), tensor_(tensor), axis_(axis), into_(into) {
    const int rank = tensor.shape.rank();
    row_ = rank == 0 ? 1 : tensor.shape.dim(rank - 1);
    rows_ = tensor.elements() / row_;
    rows_per_piece_ = std::max<int64_t>(1, kPiece / row_);
    parts_ = row_ > kPiece ? (row_ + kPiece - 1) / kPiece : 1;
    if (parts_ > 1) part_counts_.resize(rows_ * parts_);
    if (options.channels) {
      channels_ = tensor.shape.dim(axis);
      by_element_ = axis == rank - 1;
      rows_per_channel_ = by_element_ ? 1 : tensor.shape.inner(axis) / row_;
    }
  }

  int64_t pieces() const override {
    return parts_ > 1 ? rows_ * parts_ : (rows_ + rows_per_piece_ - 1) / rows_per_piece_;
  }

  void Run(int64_t piece) override {
    std::unique_ptr<Worker> worker = Take();
    if (parts_ > 1) {
      const int64_t begin = piece % parts_ * kPiece;
      RunRows(piece / parts_, 1, begin, std::min(kPiece, row_ - begin), piece, *worker);
    } else {
      const int64_t first = piece * rows_per_piece_;
      RunRows(first, std::min(rows_per_piece_, rows_ - first), 0, row_, -1, *worker);
    }
    std::lock_guard lock(mutex_);
    free_.push_back(std::move(worker));
  }

  void Finish() override {
    for (const auto& worker : free_) into_.Merge(worker->profile);
    for (size_t row = 0; row * parts_ < part_counts_.size(); ++row) {
      Counts all;
      for (int64_t part = 0; part < parts_; ++part) all.Add(part_counts_[row * parts_ + part]);
      AddRow(all, into_);
    }
  }

 private:
  struct Worker {
    explicit Worker(double near_zero) : f32(near_zero), f64(near_zero) {}
    Profile profile;
    Scanner<float, uint32_t, 127, 23> f32;
    Scanner<double, uint64_t, 1023, 52> f64;
    uint64_t zeros[kPiece / 64], near_zeros[kPiece / 64];
  };

  std::unique_ptr<Worker> Take() {
    std::lock_guard lock(mutex_);
    if (free_.empty()) {
      auto worker = std::make_unique<Worker>(options_.near_zero);
      worker->profile.channels.resize(channels_);
      return worker;
    }
    std::unique_ptr<Worker> worker = std::move(free_.back());
    free_.pop_back();
    return worker;
  }

  // Elements [begin, begin + n) of each of so many rows: whole ones, or a part of one.
  void RunRows(int64_t first, int64_t rows, int64_t begin, int64_t n, int64_t part, Worker& worker) {
    Profile& to = worker.profile;
    const int64_t from = first * row_ + begin, count = rows * n;
    const bool wide = tensor_.type == DataType::kF64;
    if (wide) {
      worker.f64.Add(tensor_, from, count, worker.zeros, worker.near_zeros);
    } else {
      worker.f32.Add(tensor_, from, count, worker.zeros, worker.near_zeros);
    }
    const Counts all{count, CountBits(worker.zeros, 0, count), CountBits(worker.near_zeros, 0, count)};
    to.total.Add(all);
    wide ? worker.f64.Give(all.zeros, to) : worker.f32.Give(all.zeros, to);
    to.groups += rows * (n / 4);
    if (n % 4 == 0) to.conforming_groups += CountConforming(worker.zeros, 0, count);
    for (int64_t row = 0; row < rows; ++row) {
      const Counts counts{n, CountBits(worker.zeros, row * n, n), CountBits(worker.near_zeros, row * n, n)};
      if (n % 4 != 0) to.conforming_groups += CountConformingInRow(worker.zeros, row * n, n);
      if (part < 0) {
        AddRow(counts, to);
      } else {
        part_counts_[part] = counts;
      }
      if (channels_ == 0) continue;
      if (by_element_) {
        CountElements(worker, row * n, begin, n);
      } else {
        to.channels[(first + row) / rows_per_channel_ % channels_].Add(counts);
      }
    }
  }

  // Groups begin at the row's first bit, wherever in a word that is.
  static int64_t CountConformingInRow(const uint64_t* words, int64_t begin, int64_t n) {
    int64_t count = 0;
    for (int64_t i = 0; i + 4 <= n; i += 4) count += CountBits(words, begin + i, 4) >= 2;
    return count;
  }

  // Channels lie along the row, this part of it from `channel` on.
  static void CountElements(Worker& worker, int64_t bit, int64_t channel, int64_t n) {
    for (int64_t i = 0; i < n; ++i, ++bit) {
      Counts& counts = worker.profile.channels[channel + i];
      ++counts.elements;
      counts.zeros += worker.zeros[bit / 64] >> bit % 64 & 1;
      counts.near_zeros += worker.near_zeros[bit / 64] >> bit % 64 & 1;
    }
  }

  const ProfileOptions options_;
  const InputView tensor_;
  const int axis_;
  Profile& into_;
  int64_t row_, rows_, rows_per_piece_, parts_;  // a long row's
  int64_t channels_ = 0, rows_per_channel_ = 1;
  bool by_element_ = false;
  std::vector<Counts> part_counts_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> free_;
};

absl::StatusOr<int> ChannelAxis(const ProfileOptions& options, const Shape& shape) {
  const int rank = shape.rank();
  const int axis = options.channel_axis.value_or(rank == 1 ? 0 : 1);
  if (axis < -rank || axis >= rank) {
    return InvalidField("options.channel_axis", absl::StrFormat("%d is not an axis of the shape %s; expected -%d to %d",
                                                                axis, shape.ToString(), rank, rank - 1));
  }
  return axis < 0 ? axis + rank : axis;
}

}  // namespace

void Counts::Add(const Counts& other) {
  elements += other.elements;
  zeros += other.zeros;
  near_zeros += other.near_zeros;
}

void Profile::Merge(const Profile& other) {
  const auto add = [](auto& to, const auto& from) {
    for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
  };
  total.Add(other.total);
  nans += other.nans;
  infinities += other.infinities;
  min = std::min(min, other.min);
  max = std::max(max, other.max);
  add(positive, other.positive);
  add(negative, other.negative);
  groups += other.groups;
  conforming_groups += other.conforming_groups;
  rows += other.rows;
  min_row_zeros = std::min(min_row_zeros, other.min_row_zeros);
  max_row_zeros = std::max(max_row_zeros, other.max_row_zeros);
  add(rows_by_zeros, other.rows_by_zeros);
  add(rows_by_near_zeros, other.rows_by_near_zeros);
  if (channels.empty()) channels.resize(other.channels.size());
  for (size_t i = 0; i < other.channels.size(); ++i) channels[i].Add(other.channels[i]);
}

absl::StatusOr<std::unique_ptr<Execution>> PrepareProfile(const ProfileOptions& options, const InputView& tensor,
                                                          Profile& into) {
  if (!(options.near_zero >= 0) || std::isinf(options.near_zero)) {
    return InvalidField(
        "options.near_zero",
        absl::StrFormat("%g is out of range; expected a finite number of at least 0", options.near_zero));
  }
  if (tensor.elements() == 0) return InvalidField("tensor.shape", "has no elements; expected at least one");
  int axis = 0;
  if (options.channels) {
    const absl::StatusOr<int> found = ChannelAxis(options, tensor.shape);
    if (!found.ok()) return found.status();
    axis = *found;
    const int64_t channels = tensor.shape.dim(axis);
    if (channels > kMaxChannels) {
      return InvalidField(
          "options.channel_axis",
          absl::StrFormat("%d has %d channels; expected at most %d, or another axis", axis, channels, kMaxChannels));
    }
    if (!into.channels.empty() && static_cast<int64_t>(into.channels.size()) != channels) {
      return InvalidField("tensor.shape", absl::StrFormat("%s has %d channels; expected %d, as before",
                                                          tensor.shape.ToString(), channels, into.channels.size()));
    }
  }
  return std::make_unique<ProfileExecution>(options, tensor, axis, into);
}

}  // namespace actserve::analyse
