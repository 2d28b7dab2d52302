// What kernels/cuda/block-inl.h is on a GPU, on a CPU: every step of a block is a loop over its threads, blocks follow
// one another. Without an include guard: see emulated_family.cc.

struct EmulatedBlock {
  int64_t index = 0, blocks = 1;
  int threads = 0;
  std::byte* shared = nullptr;
};
inline thread_local EmulatedBlock current;

// Calls body(i) for all i below `count`.
template <class Body>
void ForAll(int64_t count, Body body) {
  for (int64_t i = 0; i < count; ++i) body(backwards ? count - 1 - i : i);
}

[[noreturn]] inline void FailEmulation(const char* why) {
  std::fprintf(stderr, "emulated kernel: %s\n", why);
  std::abort();
}

// Full of rubbish, as registers are.
template <class T>
class Each {
 public:
  Each() : own_(static_cast<size_t>(current.threads)) {
    std::memset(static_cast<void*>(own_.data()), 0xa5, own_.size() * sizeof(Slot));
  }
  T& operator[](int thread) { return own_.at(static_cast<size_t>(thread)).of; }
  const T& operator[](int thread) const { return own_.at(static_cast<size_t>(thread)).of; }

 private:
  struct Slot {
    T of;  // a vector of bool has no references
  };
  std::vector<Slot> own_;
};

template <bool kIsBlock>
class Team {
 public:
  static constexpr bool kIsWholeBlock = kIsBlock;

  int threads() const { return kIsBlock ? current.threads : SummationOrder::kLanes; }

  template <class Body>
  void ForEach(Body body) const {
    ForAll(threads(), [&](int64_t thread) { body(static_cast<int>(thread)); });
  }
  void Sync() const {}
  template <class T>
  Each<T> Down(const Each<T>& numbers, int distance) const {
    Each<T> moved;
    ForEach([&](int thread) {
      const bool is_inside = thread % SummationOrder::kLanes + distance < SummationOrder::kLanes;
      moved[thread] = numbers[is_inside ? thread + distance : thread];
    });
    return moved;
  }
  template <class T>
  Each<T> OfFirstLane(const Each<T>& numbers) const {
    Each<T> moved;
    ForEach([&](int thread) { moved[thread] = numbers[thread / SummationOrder::kLanes * SummationOrder::kLanes]; });
    return moved;
  }
  Each<uint32_t> Ballot(const Each<bool>& votes) const {
    Each<uint32_t> ballots;
    ForEach([&](int thread) {
      const int first = thread / SummationOrder::kLanes * SummationOrder::kLanes;
      ballots[thread] = 0;
      for (int lane = 0; lane < SummationOrder::kLanes; ++lane)
        ballots[thread] |= uint32_t{votes[first + lane]} << lane;
    });
    return ballots;
  }
  template <class T>
  T Common(const Each<T>& numbers) const {
    ForEach([&](int thread) {
      if (std::memcmp(&numbers[thread], &numbers[0], sizeof(T)) != 0)
        FailEmulation("threads differ in a common number");
    });
    return numbers[0];
  }
};

class Block {
 public:
  int64_t index() const { return current.index; }
  int64_t blocks() const { return current.blocks; }
  int threads() const { return current.threads; }
  std::byte* shared() const { return current.shared; }
  template <class Body>
  void ForEach(Body body) const {
    ForAll(current.threads, [&](int64_t thread) { body(static_cast<int>(thread)); });
  }
  template <bool kIsBlock, class Body>
  void ForEachTeam(Body body) const {
    const int teams = kIsBlock ? 1 : current.threads / SummationOrder::kLanes;
    ForAll(teams, [&](int64_t team) { body(Team<kIsBlock>(), static_cast<int>(team)); });
  }
  void Sync() const {}
  static int Increment(int* number) { return (*number)++; }
};

template <int kBytes>
struct alignas(kBytes) Packet {
  uint16_t words[kBytes / 2];
};
template <int kBytes>
Packet<kBytes> LoadOnce(const Packet<kBytes>* from) {
  if (reinterpret_cast<uintptr_t>(from) % kBytes != 0) FailEmulation("a packet is not aligned");
  return *from;
}
inline int BitCount(uint32_t bits) { return std::popcount(bits); }
inline float FloatOfF16(uint16_t code) { return static_cast<float>(ValueOfF16(code)); }
inline uint16_t CodeOfF16(float number) { return RoundToF16(number); }
