// What comes out of a completion queue.
#pragma once

namespace actserve::load {

class Event {
 public:
  virtual ~Event() = default;
  // What was begun has happened; not `ok`: it did not, and will not.
  virtual void Proceed(bool ok) = 0;
};

}  // namespace actserve::load
