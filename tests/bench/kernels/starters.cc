#include "tests/bench/kernels/starters.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "kernels/analyse/profile.h"
#include "tests/bench/kernels/agreement.h"
#include "tests/bench/kernels/allocations.h"
#include "tests/bench/kernels/onednn.h"
#include "tests/bench/kernels/ours.h"
#include "tests/bench/kernels/roofs.h"

namespace actserve::bench {

void StarterList::Add(std::string_view name, const Workload& workload, std::function<void()> run) {
  starters_.push_back({Entrant{std::string(name), workload.elements(), workload.bytes(), {}}, std::move(run)});
}

std::shared_ptr<Operands> StarterList::AddOurs(std::string_view name, const Workload& workload,
                                               std::shared_ptr<Operands> operands) {
  if (operands == nullptr) operands = std::make_shared<Operands>(workload);
  const auto ours = std::make_shared<Ours>(workload, operands);
  ours->Run();  // may grow what a thread keeps between calls
  uint64_t before = Allocations();
  ours->Run();
  result_.allocations = std::max(result_.allocations, Allocations() - before);
  before = Allocations();
  const auto execution = ours->Prepare();
  result_.call_allocations = std::max(result_.call_allocations, Allocations() - before);
  Add(name, workload, [ours] { ours->Run(); });
  return operands;
}

void StarterList::AddOursWithCall(const Workload& workload, std::shared_ptr<Operands> operands) {
  const auto ours = std::make_shared<Ours>(workload, operands);
  Add(kOursWithCall, workload, [ours] { RunInline(*ours->Prepare()); });
}

namespace {

// An output without zeros, with all that it lies in.
struct Sparse {
  Sparse(const Workload& workload, std::shared_ptr<Operands> operands)
      : ours(workload, std::move(operands)),
        bits(SparseOutput::MostBitBytes(workload.elements())),
        output(Encoding::kBitmap, ours.output(), bits.data()),
        execution(ours.PrepareSparse(output)),
        dense(ours.output().bytes()) {
    RunInline(*execution);
    for (const SparseOutput::Extent& extent : output.values()) {
      values.insert(values.end(), extent.data, extent.data + extent.bytes);
    }
  }

  Ours ours;
  std::vector<std::byte> bits;
  SparseOutput output;
  std::unique_ptr<Execution> execution;
  std::vector<std::byte> values;  // as a client has them
  Buffer dense;
};

}  // namespace

void StarterList::AddSparse(const Workload& workload, std::shared_ptr<Operands> operands) {
  const auto sparse = std::make_shared<Sparse>(workload, std::move(operands));
  const auto dense_bytes = static_cast<int64_t>(sparse->ours.output().bytes());
  Add(kBitmap, workload, [sparse] { RunInline(*sparse->execution); });
  Add(kMadeDense, workload, [sparse, n = workload.elements()] {
    Expand(sparse->output.view(), 0, n, sparse->values.data(), sparse->dense.data());
  });
  for (Starter& starter : std::span(starters_).last(2)) starter.entrant.bytes = dense_bytes + sparse->output.bytes();
}

void StarterList::AddProfile(const Workload& workload) {
  const auto operands = std::make_shared<Operands>(workload);
  const TensorView tensor{workload.type, workload.shape, operands->x.data()};
  for (const bool by_channel : {false, true}) {
    Add(by_channel ? kByChannel : kOurs, workload, [=] {
      analyse::Profile profile;
      RunInline(**analyse::PrepareProfile({.channels = by_channel}, tensor, profile));
    });
  }
  const auto [name, read] = ReadRoof(workload, *operands);
  Add(name, workload, [operands, read = read] { read(); });
  for (Starter& starter : starters_) starter.entrant.bytes = static_cast<int64_t>(tensor.bytes());
}

void StarterList::AddPeer(const Workload& workload, std::shared_ptr<Operands> operands) {
  const auto runs = PeerRuns(workload, operands);
  if (runs.empty()) return;
  Ours ours(workload, operands);
  for (const auto& [name, run] : runs) {
    const absl::Status status = CheckAgreement(
        workload, *operands, [&ours] { ours.Run(); }, run);
    if (!status.ok()) {
      absl::FPrintF(stderr, "%s: %s\n", workload.function->info.name, status.message());
      std::exit(EXIT_FAILURE);
    }
    Add(name, workload, run);
  }
}

void StarterList::AddRoofs(const Workload& workload, const std::shared_ptr<Operands>& operands) {
  for (const auto& [name, run] : Roofs(workload, *operands)) Add(name, workload, [operands, run = run] { run(); });
}

bool HasPeer(const Workload& workload) {
  Workload small = workload;
  small.shape =
      *Shape::Make(workload.axis ? std::vector<int64_t>{1, kElementsStep} : std::vector<int64_t>{kElementsStep});
  return !PeerRuns(small, std::make_shared<Operands>(small)).empty();
}

}  // namespace actserve::bench
