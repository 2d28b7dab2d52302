#include "client/load/engine/generator.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace actserve::load {
namespace {

// A closed loop around a server that is not there would do nothing but fail.
constexpr Nanos kPauseWhenUnavailable = 10 * kMillisecond;

int MostInFlight(const Offer& offer, Share share) {
  const int all = offer.is_open() ? offer.max_in_flight : offer.concurrency;
  const int own = all / share.count + (share.index < all % share.count ? 1 : 0);
  return offer.is_open() ? std::max(1, own) : own;
}

std::vector<double> Cumulative(const std::vector<double>& weights) {
  std::vector<double> sums(weights.size());
  std::partial_sum(weights.begin(), weights.end(), sums.begin());
  return sums;
}

}  // namespace

Generator::Generator(const Offer& offer, Share share, const Mix& mix, Nanos start)
    : most_(MostInFlight(offer, share)),
      cumulative_(Cumulative(mix.weights)),
      random_(mix.seed * 7'919 + static_cast<uint64_t>(share.index)),
      resume_at_(start),
      sample_(Empty()) {
  if (offer.is_open()) arrivals_.emplace(offer.arrivals, offer.rate, start, share, mix.seed);
}

Nanos Generator::NextDue() const {
  if (stopped_ || in_flight_ >= most_) return kNever;
  return arrivals_ ? arrivals_->next() : resume_at_;
}

std::optional<Call> Generator::Begin(Nanos now) {
  const Nanos due = NextDue();
  if (due > now) return std::nullopt;
  const Call call{
      .kind = Choose(), .dice = static_cast<uint32_t>(random_()), .intended = arrivals_ ? due : now, .begun = now};
  ++in_flight_;
  if (arrivals_) arrivals_->Advance();
  if (call.intended >= measured_from_) {
    sample_.delay.Add(now - std::max(call.intended, free_since_));
    if (free_since_ > call.intended) ++sample_.held;
  }
  return call;
}

void Generator::End(const Call& call, Nanos now, const Outcome& outcome) {
  if (in_flight_-- == most_) free_since_ = now;
  if (outcome.end == kUnavailable && !arrivals_) resume_at_ = now + kPauseWhenUnavailable;
  if (outcome.end == kOk) ++sample_.completed;
  if (sample_.messages[outcome.end].empty()) sample_.messages[outcome.end] = outcome.message;
  if (call.intended < measured_from_) return;
  if (outcome.checked) ++sample_.checked;
  for (Tally* tally : {&sample_.calls, &sample_.kinds[call.kind]}) {
    ++tally->ends[outcome.end];
    if (outcome.end == kOk) tally->latency.Add(now - call.intended);
  }
  if (outcome.end == kOk) sample_.service.Add(now - call.begun);
}

int64_t Generator::Stop(Nanos now) {
  stopped_ = true;
  int64_t unsent = 0;
  for (; arrivals_ && arrivals_->next() < now; arrivals_->Advance()) {
    if (arrivals_->next() >= measured_from_) ++unsent;
  }
  return unsent;
}

Sample Generator::Take() { return std::exchange(sample_, Empty()); }

Sample Generator::Empty() const {
  Sample sample;
  sample.kinds.resize(cumulative_.size());
  return sample;
}

int Generator::Choose() {
  if (cumulative_.size() == 1) return 0;
  const double at = std::uniform_real_distribution<double>(0, cumulative_.back())(random_);
  const auto kind = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, at) - cumulative_.begin();
  return static_cast<int>(kind);
}

}  // namespace actserve::load
