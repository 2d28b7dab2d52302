// What waits, by route. Routes take turns, so that a flood of one does not hold up another.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <utility>

namespace actserve {

// Not safe from several threads.
template <class T>
class Turns {
 public:
  bool empty() const { return turns_.empty(); }
  // All that waits, as (route, queue): none is empty.
  const std::map<int, std::deque<T>>& waiting() const { return waiting_; }

  void Push(int route, T value) {
    std::deque<T>& queue = waiting_[route];
    if (queue.empty()) turns_.push_back(route);
    queue.push_back(std::move(value));
  }

  // The queue of the route whose turn it is, the oldest first; !empty(). What of it was not taken by Yield, if
  // anything, waits for the route's next turn.
  std::deque<T>& Front() { return waiting_.find(turns_.front())->second; }
  void Yield() {
    const auto route = waiting_.find(turns_.front());
    turns_.pop_front();
    if (route->second.empty()) {
      waiting_.erase(route);
    } else {
      turns_.push_back(route->first);
    }
  }

  T Pop() {
    std::deque<T>& queue = Front();
    T value = std::move(queue.front());
    queue.pop_front();
    Yield();
    return value;
  }

 private:
  std::map<int, std::deque<T>> waiting_;
  std::deque<int> turns_;  // the routes that something waits for, the next first
};

}  // namespace actserve
