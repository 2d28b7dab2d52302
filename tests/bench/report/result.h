// What a contest measured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace actserve::bench {

// Names of entrants that reports look for. Others are particular to a group of contests.
inline constexpr std::string_view kOurs = "actserve";      // an Execution's run
inline constexpr std::string_view kOursWithCall = "call";  // the same with CheckCall and Prepare
inline constexpr std::string_view kPeer = "oneDNN";
inline constexpr std::string_view kPeerFromResult = "oneDNN from y";  // softmax's gradient, given the forward's result
inline constexpr std::string_view kF32 = "f32";                       // ours in f32, beside a narrower type
inline constexpr std::string_view kSoftmax = "softmax";               // ours, beside sparsemax and entmax15
inline constexpr std::string_view kLastAxis = "last";                 // ours, beside other axes
inline constexpr std::string_view kBitmap = "bitmap";                 // ours, the output without its zeros
inline constexpr std::string_view kMadeDense = "made dense";          // that output made dense again
inline constexpr std::string_view kByChannel = "by channel";          // ours, a profile of each channel, too
inline constexpr std::string_view kRoofPrefix = "roof: ";             // moves the same bytes, computes nothing

// What a contest is about. All are words for people too.
struct Subject {
  std::string group;      // "sizes", "rows", "axes", "lengths", "bytes", "zeros", "profile"
  std::string function;   // "gelu"; in the group "profile", "Profile"
  std::string direction;  // "forward", "gradient"
  std::string type;       // "f32"
  std::string size;       // "L1", "L2", "DRAM"; in the group "rows", their length; in "axes", the shape
  std::string data;       // "normal", "wide"; in the groups "zeros" and "profile", "50 % zeros"
  std::string target;     // the instruction set of both, "AVX2"; the best there is for oneDNN unless it is AVX2

  std::string ToString() const {
    return group + "/" + function + "/" + direction + "/" + type + "/" + size + "/" + data + "/" + target;
  }
};

// One of those that did the same work by turns.
struct Entrant {
  std::string name;
  int64_t elements = 0;
  int64_t bytes = 0;            // read and written, each operand once
  std::vector<double> seconds;  // of one run, by round: the thread's CPU time
};

struct Result {
  Subject subject;
  std::vector<Entrant> entrants;
  uint64_t allocations = 0;       // in one run of ours
  uint64_t call_allocations = 0;  // in CheckCall and Prepare

  // Null if it did not take part.
  const Entrant* Find(std::string_view name) const;
  // The fastest of the roofs, or null.
  const Entrant* Roof() const;
};

// Elements a second, in units of 1e9.
double GigaElements(const Entrant& entrant);
// Bytes a second, in units of 1e9.
double GigaBytes(const Entrant& entrant);
// How many times as fast, an element, `entrant` is as `other`, by rounds.
double Speedup(const Entrant& entrant, const Entrant& other);

}  // namespace actserve::bench
