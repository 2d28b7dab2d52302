#include "kernels/analyse/profile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>

#include "absl/strings/str_format.h"
#include "kernels/analyse/bits.h"
#include "kernels/analyse/scan.h"
#include "kernels/api/status.h"
#include "kernels/cpu/convert.h"

namespace actserve::analyse {
namespace {

constexpr int64_t kPiece = 16 * kBlock;  // elements

void AddRow(const Counts& row, Profile& to) {
  const double share = static_cast<double>(row.zeros) / static_cast<double>(row.elements);
  ++to.rows;
  to.min_row_zeros = std::min(to.min_row_zeros, share);
  to.max_row_zeros = std::max(to.max_row_zeros, share);
  ++to.rows_by_zeros[row.zeros * 10 / row.elements];
  ++to.rows_by_near_zeros[row.near_zeros * 10 / row.elements];
}

class ProfileExecution final : public Execution {
 public:
  ProfileExecution(const ProfileOptions& options, const InputView& tensor, int axis, Profile& into)
      : tensor_(tensor),
        scanned_(tensor.type == DataType::kF16 ? DataType::kF32 : tensor.type),
        near_bits_(NearBits(scanned_, options.near_zero)),
        into_(into) {
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
    for (const auto& worker : free_) Give(*worker);
    for (int64_t c = 0; by_element_ && c < channels_; ++c) into_.channels[c].elements += rows_;
    for (size_t row = 0; row * parts_ < part_counts_.size(); ++row) {
      Counts all;
      for (int64_t part = 0; part < parts_; ++part) all.Add(part_counts_[row * parts_ + part]);
      AddRow(all, into_);
    }
  }

 private:
  // What a thread counts. Channels along rows are counted in 16 bits for as many rows as these hold.
  struct Worker {
    Profile profile;
    Scan scan;
    uint64_t zeros[kPiece / 64], near_zeros[kPiece / 64];
    std::byte block[kBlock * 8];
    std::vector<uint16_t> channel_zeros, channel_near_zeros;
    int64_t channel_rows = 0;
  };

  std::unique_ptr<Worker> Take() {
    std::lock_guard lock(mutex_);
    if (free_.empty()) {
      auto worker = std::make_unique<Worker>();
      worker->profile.channels.resize(channels_);
      return worker;
    }
    std::unique_ptr<Worker> worker = std::move(free_.back());
    free_.pop_back();
    return worker;
  }

  // The bits of elements [first, first + n), and what else there is to see.
  void Look(int64_t first, int64_t n, Worker& worker) const {
    for (int64_t done = 0; done < n; done += kBlock) {
      const int64_t count = std::min(kBlock, n - done);
      alignas(8) std::byte scratch[8];
      InputView::Run run = tensor_.At(first + done, count, scratch);
      if (scanned_ != tensor_.type) {
        cpu::ToNumbers(tensor_, first + done, count, scanned_, worker.block);
        run.data = worker.block;
      } else if (run.count < count) {
        tensor_.Copy(first + done, count, worker.block);
        run.data = worker.block;
      }
      ScanBlock(scanned_, run.data, count, near_bits_, worker.scan, worker.zeros + done / 64,
                worker.near_zeros + done / 64);
    }
  }

  // Elements [begin, begin + n) of each of so many rows: whole ones, or a part of one.
  void RunRows(int64_t first, int64_t rows, int64_t begin, int64_t n, int64_t part, Worker& worker) {
    Profile& to = worker.profile;
    const int64_t from = first * row_ + begin, count = rows * n;
    Look(from, count, worker);
    to.groups += rows * (n / 4);
    if (n % 4 == 0) to.conforming_groups += CountConforming(worker.zeros, 0, count);
    for (int64_t row = 0; row < rows; ++row) {
      const Counts counts{n, CountBits(worker.zeros, row * n, n), CountBits(worker.near_zeros, row * n, n)};
      to.total.Add(counts);
      if (n % 4 != 0) to.conforming_groups += CountConforming(worker.zeros, row * n, n);
      if (part < 0) {
        AddRow(counts, to);
      } else {
        part_counts_[part] = counts;
      }
      if (channels_ == 0) continue;
      if (by_element_) {
        AddChannels(worker, row * n, begin, n);
      } else {
        to.channels[(first + row) / rows_per_channel_ % channels_].Add(counts);
      }
    }
  }

  // Channels lie along the row, this part of it from `channel` on.
  void AddChannels(Worker& worker, int64_t bit, int64_t channel, int64_t n) {
    worker.channel_zeros.resize(channels_);
    worker.channel_near_zeros.resize(channels_);
    AddBits(worker.zeros, bit, n, worker.channel_zeros.data() + channel);
    AddBits(worker.near_zeros, bit, n, worker.channel_near_zeros.data() + channel);
    if (++worker.channel_rows == std::numeric_limits<uint16_t>::max()) GiveChannels(worker);
  }
  static void GiveChannels(Worker& worker) {
    for (size_t c = 0; c < worker.channel_zeros.size(); ++c) {
      worker.profile.channels[c].zeros += std::exchange(worker.channel_zeros[c], 0);
      worker.profile.channels[c].near_zeros += std::exchange(worker.channel_near_zeros[c], 0);
    }
    worker.channel_rows = 0;
  }

  // What a worker has counted, all of it, to the whole.
  void Give(Worker& worker) {
    GiveChannels(worker);
    Profile& from = worker.profile;
    from.positive = worker.scan.positive;
    from.negative = worker.scan.negative;
    from.nans = worker.scan.nans;
    from.infinities = worker.scan.infinities;
    from.min = worker.scan.min + 0.0;  // never -0
    from.max = worker.scan.max + 0.0;
    into_.Merge(from);
  }

  const InputView tensor_;
  // What elements are looked at as: f16 has numbers below its normal ones that have exponents of their own.
  const DataType scanned_;
  const uint64_t near_bits_;
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
