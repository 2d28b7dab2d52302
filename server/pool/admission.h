// How much may be in flight: bytes and items, of all requests together and of each route.
#pragma once

#include <atomic>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"

namespace actserve {

// Exact: what does not fit is refused at once, and nothing is ever counted beyond a limit. Safe from any thread,
// without a lock.
class Admission {
 public:
  struct Limits {
    size_t bytes = 0;
    size_t items = 0;
  };
  struct RouteLimits {
    std::string name;
    Limits limits;
  };
  // Which limit was reached: for metrics.
  enum class Refusal { kNone, kBytes, kItems, kRoute };

  // Part of a request that goes one route.
  struct Share {
    size_t route = 0;
    size_t bytes = 0;
    size_t items = 0;
  };

  // What was admitted, until it goes.
  class Ticket;

  // Routes are numbered as here.
  Admission(const Limits& overall, std::vector<RouteLimits> routes);

  // Counts a request's bytes, before anybody looks at them. RESOURCE_EXHAUSTED says which limit was reached.
  absl::Status AdmitBytes(size_t bytes, Ticket& ticket, Refusal* why);
  // Counts its items and the bytes of its answer, and what each route has of it: all, or nothing of them.
  absl::Status AdmitItems(size_t answer_bytes, std::span<const Share> shares, Ticket& ticket, Refusal* why);

  Limits in_flight() const { return {overall_.bytes.used(), overall_.items.used()}; }

 private:
  class Account {
   public:
    bool Take(size_t amount, size_t limit);
    void Give(size_t amount) { used_.fetch_sub(amount, std::memory_order_acq_rel); }
    size_t used() const { return used_.load(std::memory_order_relaxed); }

   private:
    std::atomic<size_t> used_{0};
  };
  struct Accounts {
    Account bytes, items;
  };

  const Limits limits_;
  const std::vector<RouteLimits> route_limits_;
  Accounts overall_;
  std::vector<Accounts> routes_;
};

// Not safe from several threads. Goes before the Admission does.
class Admission::Ticket {
 public:
  Ticket() = default;
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() { Release(); }

  void Release();

 private:
  friend class Admission;
  struct Taken {
    Account* account;
    size_t amount;
  };

  bool Take(Account& account, size_t amount, size_t limit);

  absl::InlinedVector<Taken, 4> taken_;
};

}  // namespace actserve
