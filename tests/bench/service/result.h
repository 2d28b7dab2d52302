// What a contest of servers measured.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace actserve::bench::service {

inline constexpr std::string_view kOurs = "actserve";
inline constexpr std::string_view kEcho = "echo";
// How calls are made, where a contest has both.
inline constexpr std::string_view kUnary = "unary";
inline constexpr std::string_view kStream = "stream";
// A group of contests.
inline constexpr std::string_view kTransportGroup = "transport";
inline constexpr std::string_view kZerosGroup = "zeros";

// What a contest is about. All are words for people too.
struct Subject {
  std::string group;      // "payload", "batch", "stream"; kTransportGroup: echoes; kZerosGroup: relu's outputs
  std::string rpc;        // "evaluate", "gradient"
  std::string transport;  // "tcp", "unix"
  std::string payload;    // "64B": bytes of the input; of an item's in the group "batch"; "1MiB, 50 % zeros"
  int in_flight = 1;      // calls

  std::string ToString() const;
};

// A turn.
struct Round {
  int64_t calls = 0;
  double seconds = 0;
  double p50 = 0, p99 = 0, p999 = 0;  // of a call, in seconds
  double cpu_seconds = 0;             // of the server's process
};

// A server that was called in one manner.
struct Entrant {
  std::string server;         // kOurs or kEcho; in kTransportGroup, a transport's name
  std::string form;           // kUnary or kStream; in "batch", the number of items; in kZerosGroup, an Encoding's name
  int64_t items = 1;          // in a call
  int64_t bytes = 0;          // of the inputs in a call
  int64_t answer_bytes = 0;   // at most
  double kernel_seconds = 0;  // CPU time that computing a call's items takes by itself
  std::vector<Round> rounds;
  double p999 = 0;                             // of all rounds together
  int64_t resident_bytes = 0, peak_bytes = 0;  // after the last turn, and the most during one
};

struct Result {
  Subject subject;
  std::vector<Entrant> entrants;

  // Null if it did not take part; any form where none is named.
  const Entrant* Find(std::string_view server, std::string_view form = "") const;
};

// More than the server can do: an open loop at four times the calls/s of a closed one.
struct Overload {
  double peak = 0, goodput = 0;                   // calls answered a second, in the closed and in the open loop
  double p99_at_peak = 0, p99 = 0;                // of those answered, in seconds
  int64_t answered = 0, refused = 0, failed = 0;  // in the open loop; failed: neither of both
};

// More bytes than the server is to hold at a time.
struct Crowd {
  int64_t before_bytes = 0, peak_bytes = 0, after_bytes = 0;  // resident
  int64_t answered = 0, refused = 0, failed = 0;
};

// A figure of a round.
using Figure = std::function<double(const Entrant&, const Round&)>;
double CallsPerSecond(const Entrant& entrant, const Round& round);
double ItemsPerSecond(const Entrant& entrant, const Round& round);
double CpuPerCall(const Entrant& entrant, const Round& round);
// Without the kernel's own time.
double CpuPerCallBesideKernel(const Entrant& entrant, const Round& round);
double P50(const Entrant& entrant, const Round& round);
double P99(const Entrant& entrant, const Round& round);

// The median over rounds.
double Typical(const Entrant& entrant, const Figure& figure);
// The median of the ratios within rounds.
double Ratio(const Entrant& entrant, const Entrant& other, const Figure& figure);

}  // namespace actserve::bench::service
