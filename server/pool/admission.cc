#include "server/pool/admission.h"

#include <utility>

#include "absl/strings/str_format.h"

namespace actserve {
namespace {

absl::Status Full(size_t amount, const char* of_what, size_t used, size_t limit, const std::string& where) {
  return absl::ResourceExhaustedError(
      absl::StrFormat("a request of %d %s does not fit: %d of at most %d %s are in flight%s; try again later", amount,
                      of_what, used, limit, of_what, where));
}

}  // namespace

bool Admission::Account::Take(size_t amount, size_t limit) {
  size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (amount > limit - used) return false;
  } while (!used_.compare_exchange_weak(used, used + amount, std::memory_order_acq_rel, std::memory_order_relaxed));
  return true;
}

Admission::Admission(const Limits& overall, std::vector<RouteLimits> routes)
    : limits_(overall), route_limits_(std::move(routes)), routes_(route_limits_.size()) {}

absl::Status Admission::AdmitBytes(size_t bytes, Ticket& ticket, Refusal* why) {
  *why = Refusal::kNone;
  if (ticket.Take(overall_.bytes, bytes, limits_.bytes)) return absl::OkStatus();
  *why = Refusal::kBytes;
  return Full(bytes, "bytes", overall_.bytes.used(), limits_.bytes, "");
}

absl::Status Admission::AdmitItems(size_t answer_bytes, std::span<const Share> shares, Ticket& ticket, Refusal* why) {
  *why = Refusal::kNone;
  size_t items = 0;
  for (const Share& share : shares) items += share.items;
  Ticket own;
  if (!own.Take(overall_.bytes, answer_bytes, limits_.bytes)) {
    *why = Refusal::kBytes;
    return absl::ResourceExhaustedError(
        absl::StrFormat("an answer of %d bytes does not fit: %d of at most %d bytes are in flight; try again later",
                        answer_bytes, overall_.bytes.used(), limits_.bytes));
  }
  if (!own.Take(overall_.items, items, limits_.items)) {
    *why = Refusal::kItems;
    return Full(items, "items", overall_.items.used(), limits_.items, "");
  }
  for (const auto& [route, bytes, count] : shares) {
    const auto& [name, limits] = route_limits_[route];
    Accounts& accounts = routes_[route];
    const bool bytes_fit = own.Take(accounts.bytes, bytes, limits.bytes);
    if (bytes_fit && own.Take(accounts.items, count, limits.items)) continue;
    *why = Refusal::kRoute;
    const std::string where = absl::StrFormat(" for %s", name);
    return bytes_fit ? Full(count, "items", accounts.items.used(), limits.items, where)
                     : Full(bytes, "bytes", accounts.bytes.used(), limits.bytes, where);
  }
  ticket.taken_.insert(ticket.taken_.end(), own.taken_.begin(), own.taken_.end());
  own.taken_.clear();
  return absl::OkStatus();
}

bool Admission::Ticket::Take(Account& account, size_t amount, size_t limit) {
  if (!account.Take(amount, limit)) return false;
  taken_.push_back({&account, amount});
  return true;
}

void Admission::Ticket::Release() {
  for (const auto& [account, amount] : taken_) account->Give(amount);
  taken_.clear();
}

}  // namespace actserve
