// Row-wise functions: rows that fit into shared memory, and those that do not. Without an include guard: see
// family-inl.h.

template <class F, Direction kDirection, class M>
struct StepsOf {
  using Type = typename F::template Evaluation<M>;
};
template <class F, class M>
struct StepsOf<F, Direction::kGradient, M> {
  using Type = typename F::template Differentiation<M>;
};

template <class F, Direction kDirection, class R>
ACT_FN void RunSteps(const R& row) {
  const typename R::M m;
  typename StepsOf<F, kDirection, typename R::M>::Type steps;
  steps.Scan(m, row);
  steps.Reduce(m, row);
  steps.Write(m, row);
}

// Whether Row::Keep is used.
template <class F>
constexpr bool KeepsNumbers() {
  return requires { F::kKeepsNumbers; };
}

// Some neighbouring rows: elements are read and written along memory by all threads, 16 bytes at a time where rows
// follow each other and have a multiple of so many elements; in between they are numbers in shared memory. So memory is
// read once, and written once. Half-warps take a row each, or (kIsBlock) the block one after another.
template <class F, Direction kDirection, class Number, bool kIsBlock>
struct SharedRows {
  using Args = RowArgs;
  using T = Number;
  using Storage = SharedRow<T, KeepsNumbers<F>()>;
  static constexpr int kThreads = kIsBlock ? RowShape::kBlockThreads : RowShape::kThreads;
  static constexpr int kBlocksAtLeast = kIsBlock ? 1 : RowShape::kBlocksAtLeast;
  static constexpr int kVector = 16 / sizeof(T);

  ACT_FN static void Run(const Block& block, const Args& args) {
    const Bundle bundle(args, block.index());
    auto* const notes = reinterpret_cast<BlockNotes*>(block.shared());
    auto* const numbers = reinterpret_cast<T*>(block.shared() + (kIsBlock ? kBlockNoteBytes : 0));
    T* const upstreams = numbers + args.rows_at_a_time * args.pitch;
    T* const aside = kDirection == Direction::kEvaluate ? upstreams : upstreams + args.rows_at_a_time * args.pitch;
    Read(block, args, bundle, args.x_format, args.x, numbers);
    if constexpr (kDirection == Direction::kGradient) {
      Read(block, args, bundle, args.upstream_format, args.upstream, upstreams);
    }
    block.Sync();
    const int teams = kIsBlock ? 1 : block.threads() / SummationOrder::kLanes;
    block.template ForEachTeam<kIsBlock>([&](const auto& team, int number) {
      for (int r = number; r < bundle.count; r += teams) {
        const Storage row{numbers + r * args.pitch,
                          upstreams + r * args.pitch,
                          aside + number * args.pitch,
                          &args.x_format,
                          args.x,
                          bundle.first + r * bundle.between_rows,
                          bundle.between_elements,
                          static_cast<int>(args.length)};
        RunSteps<F, kDirection>(Row<T, std::decay_t<decltype(team)>, Storage>(team, row, static_cast<int>(args.length),
                                                                              &args, kIsBlock ? notes : nullptr));
      }
    });
    block.Sync();
    Write(block, args, bundle, numbers);
  }

 private:
  // Element i of row r is at first + r between_rows + i between_elements.
  struct Bundle {
    int64_t first, between_rows, between_elements;
    int count;
    ACT_FN Bundle(const Args& args, int64_t index) {
      const int64_t group = args.inner > 1 ? args.inner : args.rows;
      const int64_t in_group = (group + args.rows_at_a_time - 1) / args.rows_at_a_time;
      const int64_t begin = index % in_group * args.rows_at_a_time, left = group - begin;
      first = index / in_group * group * args.length + (args.inner > 1 ? begin : begin * args.length);
      between_rows = args.inner > 1 ? 1 : args.length;
      between_elements = args.inner > 1 ? args.inner : 1;
      count = static_cast<int>(left < args.rows_at_a_time ? left : args.rows_at_a_time);
    }
  };

  // Calls vector(first, place) for vectors of elements, or one(element, place), on all threads.
  template <class Vector, class One>
  ACT_FN static void ForEach(const Block& block, const Args& args, const Bundle& bundle, Vector vector, One one) {
    const int length = static_cast<int>(args.length);
    block.ForEach([&](int thread) {
      if (args.inner > 1) {
        // Neighbouring threads take neighbouring rows.
        for (int i = thread / args.rows_at_a_time; i < length; i += block.threads() / args.rows_at_a_time) {
          const int r = thread % args.rows_at_a_time;
          if (r < bundle.count) one(bundle.first + r + i * bundle.between_elements, r * args.pitch + i);
        }
      } else if (args.has_vectors) {
        for (int i = thread * kVector; i < bundle.count * length; i += block.threads() * kVector) {
          vector(bundle.first + i, i / length * args.pitch + i % length);
        }
      } else {
        for (int i = thread; i < bundle.count * length; i += block.threads()) {
          one(bundle.first + i, i / length * args.pitch + i % length);
        }
      }
    });
  }
  ACT_FN static void Read(const Block& block, const Args& args, const Bundle& bundle, const Format& format,
                          const void* from, T* to) {
    ForEach(
        block, args, bundle,
        [&](int64_t first, int place) ACT_LAMBDA {
          T numbers[kVector];  // 16 bytes
          if (from != nullptr) {
            LoadNumbers(format, from, first, numbers);
          } else {
            for (T& number : numbers) number = 1;
          }
          Packet<16> packet;
          std::memcpy(&packet, numbers, sizeof packet);
          *reinterpret_cast<Packet<16>*>(to + place) = packet;
        },
        [&](int64_t element, int place)
            ACT_LAMBDA { to[place] = from == nullptr ? T{1} : LoadNumber<T>(format, from, element); });
  }
  ACT_FN static void Write(const Block& block, const Args& args, const Bundle& bundle, const T* from) {
    ForEach(
        block, args, bundle,
        [&](int64_t first, int place) ACT_LAMBDA {
          T numbers[kVector];  // 16 bytes
          const Packet<16> packet = *reinterpret_cast<const Packet<16>*>(from + place);
          std::memcpy(numbers, &packet, sizeof packet);
          StoreNumbers(args.y_format, numbers, args.y, first);
        },
        [&](int64_t element, int place) ACT_LAMBDA { StoreNumber(args.y_format, from[place], args.y, element); });
  }
};

// Rows of any length, a block to a row, in as many passes as the formula takes steps. Numbers in between are in the
// workspace, a row's for each block.
template <class F, Direction kDirection, class Number>
struct StreamedRows {
  using Args = RowArgs;
  using T = Number;
  static constexpr int kThreads = RowShape::StreamThreads(sizeof(T)), kBlocksAtLeast = 1;

  ACT_FN static void Run(const Block& block, const Args& args) {
    auto* const notes = reinterpret_cast<BlockNotes*>(block.shared());
    block.template ForEachTeam<true>([&](const auto& team, int) {
      for (int64_t r = block.index(); r < args.rows; r += block.blocks()) {
        const StreamedRow<T> row{&args, r / args.inner * args.length * args.inner + r % args.inner, args.inner,
                                 static_cast<T*>(args.workspace) + block.index() * args.length};
        RunSteps<F, kDirection>(
            Row<T, std::decay_t<decltype(team)>, StreamedRow<T>>(team, row, args.length, &args, notes));
      }
    });
  }
};

// What rows add to the gradients of parameters, as StreamedRows.
template <class F, class Number>
struct RowSums {
  using Args = RowSumArgs;
  using T = Number;
  static constexpr int kThreads = RowShape::kSumThreads, kBlocksAtLeast = 1;

  ACT_FN static void Run(const Block& block, const Args& args) {
    auto* const notes = reinterpret_cast<BlockNotes*>(block.shared());
    block.template ForEachTeam<true>([&](const auto& team, int) {
      for (int64_t r = block.index(); r < args.rows; r += block.blocks()) {
        const StreamedRow<T> storage{&args, r / args.inner * args.length * args.inner + r % args.inner, args.inner,
                                     static_cast<T*>(args.workspace) + block.index() * args.length};
        const Row<T, std::decay_t<decltype(team)>, StreamedRow<T>> row(team, storage, args.length, &args, notes);
        const ThreadMath<T> m;
        typename F::template ParamDifferentiation<ThreadMath<T>> steps;
        steps.Scan(m, row);
        steps.Reduce(m, row);
        DoubleDouble sums[kMaxParams];
        steps.Sum(m, row, sums);
        team.ForEach([&](int thread) {
          if (thread != 0) return;
#pragma unroll
          for (int i = 0; i < kMaxParams; ++i) {
            if (i < args.slots) args.sums[r * args.slots + i] = sums[i];
          }
        });
        team.Sync();
      }
    });
  }
};
