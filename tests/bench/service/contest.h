// Contests: servers that are called in some manners by turns.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/service/request.h"
#include "tests/bench/service/result.h"
#include "tests/bench/service/server.h"

namespace actserve::bench::service {

// One manner of calling, in which every server is called.
struct Manner {
  std::string form;  // Entrant's
  bool is_stream = false;
  int64_t items = 1;
  Encoding encoding = Encoding::kDense;
};

struct Contest {
  Subject subject;
  Direction direction = Direction::kEvaluate;
  int64_t bytes = 0;     // of an item's input
  Content content = {};  // but for the encoding, which is the manner's
  std::vector<Manner> manners;
};

struct Timing {
  absl::Duration warm_up, turn;  // at least
  int generations = 2;           // a turn has at least as many times as many calls as are in flight
  int rounds = 0;                // as many, or
  absl::Duration entrant;        // as many as fit in this for each entrant, but at least two
};

// Calls once, checks the answer against what `server` (kOurs, or an echo) is to answer, and takes the lengths that
// others may have into `load`.
absl::Status CheckFirst(const Request& request, std::string_view server, const std::shared_ptr<grpc::Channel>& channel,
                        Load& load);

// Checks each entrant's first answer, warms it up, and then gives it a turn in every round, in the opposite order in
// every other round. An entrant's error, named.
absl::StatusOr<Result> Hold(const Contest& contest, const Timing& timing,
                            const std::vector<std::unique_ptr<Server>>& servers);

}  // namespace actserve::bench::service
