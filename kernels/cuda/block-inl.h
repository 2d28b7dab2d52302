// What kernels are written on: a block of threads, half-warps of it, and what only a GPU has instructions for. Without
// an include guard: see family-inl.h. tests/cuda/emulated_block-inl.h has the same for a CPU, where every step is a
// loop over the threads; so what a thread keeps from one step to the next is in an Each, and steps end where threads
// wait.

// A T for every thread of a block.
template <class T>
class Each {
 public:
  ACT_FN T& operator[](int) { return own_; }
  ACT_FN const T& operator[](int) const { return own_; }

 private:
  T own_;
};

// Threads of a block that compute a row together: 16, or all of them. Their numbers begin with 0.
template <bool kIsBlock>
class Team {
 public:
  static constexpr bool kIsWholeBlock = kIsBlock;

  ACT_FN int threads() const { return kIsBlock ? static_cast<int>(blockDim.x) : SummationOrder::kLanes; }

  template <class Body>
  ACT_FN void ForEach(Body body) const {
    body(kIsBlock ? static_cast<int>(threadIdx.x) : Lane());
  }
  // Every thread waits for the others, and sees what they have written.
  ACT_FN void Sync() const {
    if constexpr (kIsBlock) {
      __syncthreads();
    } else {
      __syncwarp(HalfWarp());
    }
  }
  // To every thread, the number of the one `distance` lanes further on in its half-warp; its own if there is none.
  template <class T>
  ACT_FN Each<T> Down(const Each<T>& numbers, int distance) const {
    Each<T> moved;
    moved[0] = Shuffled(numbers[0],
                        [=](uint32_t v) { return __shfl_down_sync(HalfWarp(), v, distance, SummationOrder::kLanes); });
    return moved;
  }
  // To every thread, the number of its half-warp's first lane.
  template <class T>
  ACT_FN Each<T> OfFirstLane(const Each<T>& numbers) const {
    Each<T> moved;
    moved[0] = Shuffled(numbers[0], [=](uint32_t v) { return __shfl_sync(HalfWarp(), v, 0, SummationOrder::kLanes); });
    return moved;
  }
  // To every thread, a bit for each lane of its half-warp.
  ACT_FN Each<uint32_t> Ballot(const Each<bool>& votes) const {
    Each<uint32_t> ballots;
    ballots[0] = __ballot_sync(HalfWarp(), votes[0]) >> FirstLane() & 0xffff;
    return ballots;
  }
  // What is the same number for every thread.
  template <class T>
  ACT_FN T Common(const Each<T>& numbers) const {
    return numbers[0];
  }

 private:
  ACT_FN static int Lane() { return static_cast<int>(threadIdx.x % SummationOrder::kLanes); }
  ACT_FN static uint32_t FirstLane() { return threadIdx.x & 16; }
  ACT_FN static uint32_t HalfWarp() { return 0xffffu << FirstLane(); }
  // By words of 32 bits, which is what a shuffle moves.
  template <class T, class Shuffle>
  ACT_FN static T Shuffled(const T& number, Shuffle shuffle) {
    static_assert(sizeof(T) % sizeof(uint32_t) == 0);
    uint32_t words[sizeof(T) / sizeof(uint32_t)];
    std::memcpy(words, &number, sizeof number);
#pragma unroll
    for (uint32_t& word : words) word = shuffle(word);
    T moved;
    std::memcpy(&moved, words, sizeof moved);
    return moved;
  }
};

class Block {
 public:
  ACT_FN int64_t index() const { return blockIdx.x; }
  ACT_FN int64_t blocks() const { return gridDim.x; }
  ACT_FN int threads() const { return static_cast<int>(blockDim.x); }
  // Memory that the block's threads share, as much as the launch says. Aligned to 16 bytes.
  ACT_FN std::byte* shared() const {
    extern __shared__ uint4 memory[];
    return reinterpret_cast<std::byte*>(memory);
  }
  template <class Body>
  ACT_FN void ForEach(Body body) const {
    body(static_cast<int>(threadIdx.x));
  }
  // body(team, its number) for the half-warps of the block, or the block as one.
  template <bool kIsBlock, class Body>
  ACT_FN void ForEachTeam(Body body) const {
    body(Team<kIsBlock>(), kIsBlock ? 0 : static_cast<int>(threadIdx.x) / SummationOrder::kLanes);
  }
  ACT_FN void Sync() const { __syncthreads(); }
  // Adds one to a number that the block's threads share, and returns what it was.
  ACT_FN static int Increment(int* number) { return atomicAdd(number, 1); }
};

// So many bytes that one instruction moves.
template <int kBytes>
struct alignas(kBytes) Packet {
  uint16_t words[kBytes / 2];
};

// Reads what is not needed again soon.
template <class Words, int kBytes>
ACT_FN Packet<kBytes> LoadOnceAs(const Packet<kBytes>* from) {
  const Words words = __ldcs(reinterpret_cast<const Words*>(from));
  Packet<kBytes> packet;
  std::memcpy(&packet, &words, kBytes);
  return packet;
}
ACT_FN Packet<16> LoadOnce(const Packet<16>* from) { return LoadOnceAs<uint4>(from); }
ACT_FN Packet<8> LoadOnce(const Packet<8>* from) { return LoadOnceAs<uint2>(from); }
ACT_FN Packet<4> LoadOnce(const Packet<4>* from) { return LoadOnceAs<unsigned>(from); }
ACT_FN Packet<2> LoadOnce(const Packet<2>* from) { return LoadOnceAs<unsigned short>(from); }
ACT_FN int BitCount(uint32_t bits) { return __popc(bits); }
ACT_FN float FloatOfF16(uint16_t code) { return __half2float(__ushort_as_half(code)); }
ACT_FN uint16_t CodeOfF16(float number) { return __half_as_ushort(__float2half_rn(number)); }
