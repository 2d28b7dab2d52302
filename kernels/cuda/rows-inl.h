// Rows, as row-wise formulas see them (math/policy.h): a half-warp computes one of up to a leaf's length
// (math/summation.h), a block a longer one. Without an include guard: see family-inl.h.

// What the threads of a block tell each other, in shared memory.
struct BlockNotes {
  static constexpr int kHalfWarps = 2 * SummationOrder::kLanes;  // of a block at most
  static constexpr int kLevels = 40;
  using Total = Totals<DoubleDouble, DoubleDouble>;  // the largest of the kinds
  double maxima[kHalfWarps];
  int counts[kHalfWarps];
  alignas(16) std::byte leaves[kHalfWarps * sizeof(Total)];
  alignas(16) std::byte tree[sizeof(PairwiseTree<Total, kLevels>)];
};

static_assert(sizeof(BlockNotes) <= kBlockNoteBytes && kBlockNoteBytes % 16 == 0);

// The numbers of a row that were kept aside.
template <class Number, class Place>
struct KeptNumbers {
  using Index = Place;
  Number* numbers;
  ACT_FN Number x(Index i) const { return numbers[i]; }
  ACT_FN Number* kept() const { return numbers; }
};

// A row whose elements Storage keeps:
//   x(i), upstream(i), y(i)   numbers
//   Store(i, y)               for y(i) later on
//   Output(i, y)              a result
//   kept()                    where numbers can be kept aside
//   Restore(team)             after Store, makes x(i) what it was
// Where the team is a block, all of its threads call everything.
template <class Number, class Team, class Storage>
class Row {
 public:
  using T = Number;
  using M = ThreadMath<T>;
  using Index = typename Storage::Index;

  ACT_FN Row(const Team& team, const Storage& storage, Index n, const RowArgs* args, BlockNotes* notes)
      : team_(team), storage_(storage), n_(n), args_(args), notes_(notes) {}

  ACT_FN int64_t size() const { return n_; }
  ACT_FN bool is_narrow() const { return args_->y_format.type != (sizeof(T) == 8 ? DataType::kF64 : DataType::kF32); }
  ACT_FN T param(int i) const { return static_cast<T>(args_->values[i]); }

  template <class F>
  ACT_FN T Max(F f) const {
    Each<T> max;
    team_.ForEach([&](int thread) {
      T most = -std::numeric_limits<T>::infinity();
      for (Index i = thread; i < n_; i += team_.threads()) most = M::Max(f(At{storage_, i}), most);
      max[thread] = most;
    });
    for (int distance = kLanes / 2; distance > 0; distance /= 2) {
      const Each<T> others = team_.Down(max, distance);
      team_.ForEach([&](int thread) { max[thread] = M::Max(others[thread], max[thread]); });
    }
    if constexpr (kIsBlock) {
      team_.ForEach([&](int thread) {
        if (thread % kLanes == 0) notes_->maxima[thread / kLanes] = max[thread];
      });
      team_.Sync();
      team_.ForEach([&](int thread) {
        T most = static_cast<T>(notes_->maxima[0]);
        for (int i = 1; i < half_warps(); ++i) most = M::Max(static_cast<T>(notes_->maxima[i]), most);
        max[thread] = most;
      });
      team_.Sync();
      return team_.Common(max);
    } else {
      return team_.Common(team_.OfFirstLane(max));
    }
  }

  // See math/policy.h.
  using Numbers = LaneSum<T, sizeof(T) == 8>;
  using Exact = LaneSum<T, true>;
  using Exponentials = std::conditional_t<sizeof(T) == 8, LaneSum<double, true>, LaneSumOfExponentials>;

  template <class A, class B, class F>
  ACT_FN auto Sums(F f) const {
    return TreeSums<A, B>([&](auto at, A& a, B& b) ACT_LAMBDA { f(at, Adder<A>{a}, Adder<B>{b}); });
  }
  template <class A, class F>
  ACT_FN auto SumOf(F f) const {
    return TreeSums<A, LaneSumOfNothing>([&](auto at, A& a, LaneSumOfNothing&) ACT_LAMBDA { f(at, Adder<A>{a}); })
        .first;
  }
  template <class F>
  ACT_FN auto Sum(F f) const {
    return SumOf<Numbers>([&f](auto at, auto add) ACT_LAMBDA { add(f(at)); });
  }

  template <class F>
  ACT_FN int64_t Count(F f) const {
    return static_cast<int64_t>(SumOf<LaneSum<T, false>>([&f](auto at, auto add) ACT_LAMBDA { add(f(at) ? 1 : 0); }));
  }

  template <class F>
  ACT_FN void Map(F f) const {
    MapToNumbers([&f](auto at) ACT_LAMBDA { return CanonicalNan(M(), f(at)); });
  }
  template <class F>
  ACT_FN void MapToNumbers(F f) const {
    team_.ForEach([&](int thread) {
      for (Index i = thread; i < n_; i += team_.threads()) storage_.Output(i, f(At{storage_, i}));
    });
    team_.Sync();
  }

  template <class F>
  ACT_FN bool Otherwise(bool mask, F f) const {
    if (!mask) return false;
    storage_.Restore(team_);
    f(*this);
    return true;
  }

  using Kept = Row<T, Team, KeptNumbers<T, Index>>;
  using One = Kept;
  ACT_FN Row one(size_t) const { return *this; }

  // The team's threads take neighbouring elements, so that those kept stay in order. What is read was not yet written
  // over: a number that is kept never moves up.
  template <class F>
  ACT_FN Kept Keep(F f) const {
    T* const to = storage_.kept();
    Index count = 0;
    for (Index begin = 0; begin < n_; begin += team_.threads()) {
      Each<T> numbers;
      Each<bool> is_kept;
      team_.ForEach([&](int thread) {
        const Index i = begin + thread;
        is_kept[thread] = i < n_ && f(At{storage_, i});
        if (is_kept[thread]) numbers[thread] = storage_.x(i);
      });
      const Each<uint32_t> ballots = team_.Ballot(is_kept);
      if constexpr (kIsBlock) {
        team_.ForEach([&](int thread) {
          if (thread % kLanes == 0) notes_->counts[thread / kLanes] = BitCount(ballots[thread]);
        });
      }
      team_.Sync();
      Each<Index> total;
      team_.ForEach([&](int thread) {
        const int lane = thread % kLanes;
        Index before = 0, all = 0;
        if constexpr (kIsBlock) {
          for (int i = 0; i < half_warps(); ++i) {
            before += i < thread / kLanes ? notes_->counts[i] : 0;
            all += notes_->counts[i];
          }
        } else {
          all = BitCount(ballots[thread]);
        }
        if (is_kept[thread]) to[count + before + BitCount(ballots[thread] & ((1u << lane) - 1))] = numbers[thread];
        total[thread] = all;
      });
      team_.Sync();
      count += team_.Common(total);
    }
    return Kept(team_, {to}, count, args_, notes_);
  }

 private:
  static constexpr int kLanes = SummationOrder::kLanes;
  static constexpr bool kIsBlock = Team::kIsWholeBlock;
  ACT_FN int half_warps() const { return team_.threads() / kLanes; }

  struct At {
    const Storage& storage;
    Index i;
    ACT_FN T x() const { return storage.x(i); }
    ACT_FN T upstream() const { return storage.upstream(i); }
    ACT_FN T y() const { return storage.y(i); }
    ACT_FN void Store(T y) const { storage.Store(i, y); }
    ACT_FN bool IsBefore(int64_t end) const { return i < end; }
  };
  template <class Lane>
  struct Adder {
    Lane& lane;
    template <class... Terms>
    ACT_FN void operator()(Terms... terms) const {
      lane.Add(terms...);
    }
    ACT_FN void WithError(T term, T error) const { lane.AddWithError(term, error); }
  };

  // The sums over the row, of what body(at, a, b) adds to a and b.
  template <class A, class B, class Body>
  ACT_FN auto TreeSums(Body body) const {
    using Total = Totals<typename A::Total, typename B::Total>;
    constexpr Index kLeaf = SummationOrder::kLeaf;
    if constexpr (!kIsBlock) {
      const Each<Total> sums = FoldLanes(team_, LeafSums<A, B>(body, 0));
      team_.Sync();
      return team_.Common(team_.OfFirstLane(sums));
    } else {
      auto* const leaves = reinterpret_cast<Total*>(notes_->leaves);
      auto* const tree = reinterpret_cast<PairwiseTree<Total, BlockNotes::kLevels>*>(notes_->tree);
      Each<Total> sums;
      // Every half-warp a leaf, and again; a block that has more than one round has 2^5 half-warps, so that a round's
      // sum is a tree of the whole.
      const Index round = half_warps() * kLeaf;
      for (Index begin = 0; begin == 0 || begin < n_; begin += round) {
        sums = FoldLanes(team_, LeafSums<A, B>(body, begin));
        team_.ForEach([&](int thread) {
          if (thread % kLanes == 0) leaves[thread / kLanes] = sums[thread];
        });
        team_.Sync();
        const Index left = (n_ - begin + kLeaf - 1) / kLeaf;
        sums = FoldLeaves(team_, leaves, left < half_warps() ? static_cast<int>(left) : half_warps());
        if (n_ > round) {
          team_.ForEach([&](int thread) {
            if (thread != 0) return;
            if (begin == 0) *tree = {};
            tree->Push(sums[thread]);
          });
        }
        team_.Sync();
      }
      sums = team_.OfFirstLane(sums);
      if (n_ > round) {
        team_.ForEach([&](int thread) { sums[thread] = tree->Total(); });
        team_.Sync();
      }
      return team_.Common(sums);
    }
  }
  // What every lane adds up of its half-warp's leaf, of those from element `begin` on.
  template <class A, class B, class Body>
  ACT_FN Each<Totals<typename A::Total, typename B::Total>> LeafSums(Body& body, Index begin) const {
    Each<Totals<typename A::Total, typename B::Total>> sums;
    team_.ForEach([&](int thread) {
      constexpr int kTerms = SummationOrder::kBlock / kLanes;  // of a lane in a block
      const Index leaf = begin + thread / kLanes * static_cast<Index>(SummationOrder::kLeaf);
      const Index end = leaf + SummationOrder::kLeaf < n_ ? leaf + SummationOrder::kLeaf : n_;
      A a;
      B b;
      Index i = leaf + thread % kLanes;
      for (; i + (kTerms - 1) * kLanes < end; i += kTerms * kLanes) {
#pragma unroll
        for (int k = 0; k < kTerms; ++k) body(At{storage_, i + k * kLanes}, a, b);
        a.EndBlock();
        b.EndBlock();
      }
      for (; i < end; i += kLanes) body(At{storage_, i}, a, b);
      a.EndBlock();
      b.EndBlock();
      sums[thread] = Totals<typename A::Total, typename B::Total>::Of(a.Sum(), b.Sum());
    });
    return sums;
  }

  Team team_;
  Storage storage_;
  Index n_;
  const RowArgs* args_;
  BlockNotes* notes_;  // where the team is a block
};

// A row in shared memory, in numbers: x, which y takes the place of, and the upstream.
template <class Number, bool kKeepsNumbers>
struct SharedRow {
  using T = Number;
  using Index = int;
  T *numbers, *upstreams, *aside;
  // Where it came from.
  const Format* format;
  const void* input;
  int64_t first, stride;
  int n;

  ACT_FN T x(int i) const { return numbers[i]; }
  ACT_FN T upstream(int i) const { return upstreams[i]; }
  ACT_FN T y(int i) const { return numbers[i]; }
  ACT_FN void Store(int i, T y) const { numbers[i] = y; }
  ACT_FN void Output(int i, T y) const { numbers[i] = y; }
  ACT_FN T* kept() const {
    static_assert(kKeepsNumbers, "a function that keeps numbers says so, by kKeepsNumbers");
    return aside;
  }
  template <class Team>
  ACT_FN void Restore(const Team& team) const {
    team.ForEach([&](int thread) {
      for (int i = thread; i < n; i += team.threads()) numbers[i] = LoadNumber<T>(*format, input, first + i * stride);
    });
    team.Sync();
  }
};

// A row too long for that: read in every step, with numbers in memory of the block's own.
template <class Number>
struct StreamedRow {
  using T = Number;
  using Index = int64_t;
  const RowArgs* args;
  int64_t first, stride;
  T* numbers;

  ACT_FN T x(int64_t i) const { return LoadNumber<T>(args->x_format, args->x, first + i * stride); }
  ACT_FN T upstream(int64_t i) const {
    return args->upstream == nullptr ? T{1} : LoadNumber<T>(args->upstream_format, args->upstream, first + i * stride);
  }
  ACT_FN T y(int64_t i) const { return numbers[i]; }
  ACT_FN void Store(int64_t i, T y) const { numbers[i] = y; }
  ACT_FN void Output(int64_t i, T y) const { StoreNumber(args->y_format, y, args->y, first + i * stride); }
  ACT_FN T* kept() const { return numbers; }
  template <class Team>
  ACT_FN void Restore(const Team&) const {}
};
