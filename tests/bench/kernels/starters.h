// The entrants of a contest, made from workloads.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "tests/bench/kernels/contest.h"
#include "tests/bench/kernels/workload.h"

namespace actserve::bench {

class StarterList {
 public:
  // Writes the allocations of what is ours into `result`.
  explicit StarterList(Result& result) : result_(result) {}

  // Ours, on these operands or, if null, new ones; returns them for others.
  std::shared_ptr<Operands> AddOurs(std::string_view name, const Workload& workload,
                                    std::shared_ptr<Operands> operands = nullptr);
  // Ours together with the CheckCall and Prepare that a service pays for each call.
  void AddOursWithCall(const Workload& workload, std::shared_ptr<Operands> operands);
  // Ours as a bitmap and values, and these made dense again. The entrants' bytes are what is read and written.
  void AddSparse(const Workload& workload, std::shared_ptr<Operands> operands);
  // Profiles of x, and reading it.
  void AddProfile(const Workload& workload);
  // oneDNN, if it has the function. Ends the program if it computes something else.
  void AddPeer(const Workload& workload, std::shared_ptr<Operands> operands);
  void AddRoofs(const Workload& workload, const std::shared_ptr<Operands>& operands);

  std::vector<Starter> Take() && { return std::move(starters_); }

 private:
  void Add(std::string_view name, const Workload& workload, std::function<void()> run);

  Result& result_;
  std::vector<Starter> starters_;
};

// Whether oneDNN has the function in that direction and type.
bool HasPeer(const Workload& workload);

}  // namespace actserve::bench
