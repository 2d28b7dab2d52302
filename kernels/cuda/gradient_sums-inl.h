// Gradients of learnable parameters: sums in the order of math/summation.h. Without an include guard: see family-inl.h.

// Whose parameters a function has: its own, or of a gated one its activation's.
template <class F>
struct HasParameters {
  using Type = F;
};
template <class F>
requires requires { typename F::Activation; }
struct HasParameters<F> {
  using Type = typename F::Activation;
};

// The sums of ranges of leaves: a half-warp takes a leaf. Where a channel has several, a block takes the kLeaves of a
// range, whose tree is part of the whole.
template <class F, class Number>
struct RangeSums {
  using Args = RangeSumArgs;
  using T = Number;
  using Lane = LaneSum<T, sizeof(T) == 8>;
  using Summed = typename HasParameters<F>::Type;
  static constexpr int kThreads = RangeSumArgs::kThreads, kBlocksAtLeast = 1;

  struct Notes {
    DoubleDouble leaves[RangeSumArgs::kLeaves];
  };
  static_assert(sizeof(Notes) <= RangeSumArgs::kSharedBytes);

  ACT_FN static void Run(const Block& block, const Args& args) {
    auto* const notes = reinterpret_cast<Notes*>(block.shared());
    if (args.length <= SummationOrder::kLeaf) {
      block.template ForEachTeam<false>([&](const auto& team, int number) {
        const int64_t channel = block.index() * RangeSumArgs::kLeaves + number;
        if (channel >= args.channels) return;
        ForEachSlot(args, [&](int param, int segment, int slot) ACT_LAMBDA {
          const Each<typename Lane::Total> sums = FoldLanes(team, Lanes(team, args, channel, 0, param, segment));
          team.ForEach([&](int thread) {
            if (thread == 0) args.sums[channel * args.slots + slot] = Widened(sums[thread]);
          });
        });
      });
    } else {
      block.template ForEachTeam<true>([&](const auto& team, int) {
        const int64_t channel = block.index() / args.ranges, range = block.index() % args.ranges;
        const int64_t begin = range * RangeSumArgs::kLeaves * SummationOrder::kLeaf;
        const int64_t left = (args.length - begin + SummationOrder::kLeaf - 1) / SummationOrder::kLeaf;
        const int leaves = left < RangeSumArgs::kLeaves ? static_cast<int>(left) : RangeSumArgs::kLeaves;
        ForEachSlot(args, [&](int param, int segment, int slot) ACT_LAMBDA {
          const Each<typename Lane::Total> lanes = FoldLanes(team, Lanes(team, args, channel, begin, param, segment));
          team.ForEach([&](int thread) {
            if (thread % SummationOrder::kLanes == 0)
              notes->leaves[thread / SummationOrder::kLanes] = Widened(lanes[thread]);
          });
          team.Sync();
          const Each<DoubleDouble> sums = FoldLeaves(team, notes->leaves, leaves);
          team.ForEach([&](int thread) {
            if (thread == 0) args.sums[block.index() * args.slots + slot] = sums[thread];
          });
          team.Sync();
        });
      });
    }
  }

 private:
  ACT_FN static DoubleDouble Widened(double sum) { return {sum, 0}; }
  ACT_FN static DoubleDouble Widened(DoubleDouble sum) { return sum; }

  template <class Body>
  ACT_FN static void ForEachSlot(const Args& args, Body body) {
    for (int param = 0; param < args.params; ++param) {
      if (!(args.wanted >> param & 1)) continue;
      for (int segment = 0; segment < args.segments; ++segment) body(param, segment, param * args.segments + segment);
    }
  }

  // What an element adds to the gradient of a parameter.
  ACT_FN static T Term(T x, T upstream, const ChannelParams<T>& p, int param, int segment) {
    if constexpr (IsInF64<Summed>() && sizeof(T) == 4) {
      const ThreadMath<double, float> m;
      const WidenedParams<ChannelParams<T>> widened{p};
      return RoundedToFloat(upstream * Summed::ParamDerivative(m, static_cast<double>(x), widened, param, segment));
    } else {
      return upstream * Summed::ParamDerivative(ThreadMath<T>(), x, p, param, segment);
    }
  }

  // What every lane adds up of its half-warp's leaf, of the channel's elements from `begin` on.
  template <class Team>
  ACT_FN static Each<typename Lane::Total> Lanes(const Team& team, const Args& args, int64_t channel, int64_t begin,
                                                 int param, int segment) {
    Each<typename Lane::Total> sums;
    team.ForEach([&](int thread) {
      const ChannelParams<T> p{static_cast<const T*>(args.values) + channel, args.channels, args.segments};
      const int64_t leaf = begin + thread / SummationOrder::kLanes * int64_t{SummationOrder::kLeaf};
      const int64_t end = leaf + SummationOrder::kLeaf < args.length ? leaf + SummationOrder::kLeaf : args.length;
      Lane lane;
      for (int64_t i = leaf + thread % SummationOrder::kLanes; i < end; i += SummationOrder::kLanes) {
        const int64_t outer = i < args.inner ? 0 : i / args.inner;
        const int64_t at = (outer * args.channels + channel) * args.inner + (i - outer * args.inner);
        T upstream = args.upstream == nullptr ? T{1} : LoadNumber<T>(args.upstream_format, args.upstream, at);
        T x;
        if constexpr (F::kInfo.kind == FunctionKind::kGated) {
          const ThreadMath<T> m;
          const T u = LoadNumber<T>(args.x_format, args.x, PlaceOf(args.places, at, 0));
          upstream = upstream * LinearOf<F>(m, u, p);
          x = GateOf<F>(m, LoadNumber<T>(args.gate_format, args.gate, PlaceOf(args.places, at, 1)), p);
        } else {
          x = LoadNumber<T>(args.x_format, args.x, at);
        }
        lane.Add(x == x ? Term(x, upstream, p, param, segment) : x);
      }
      sums[thread] = lane.Sum();
    });
    return sums;
  }
};
