#include "server/service/analyses.h"

#include <condition_variable>
#include <functional>
#include <utility>

#include "absl/strings/str_format.h"
#include "kernels/api/status.h"
#include "server/service/analysis_message.h"

namespace actserve {
namespace {

constexpr std::chrono::milliseconds kLookAtCall{20};  // how often it is asked whether a call is cancelled
constexpr int kRoute = -2;                            // analyses wait for each other, not for functions

// Waits for its end.
class AnalysisJob final : public Job {
 public:
  AnalysisJob(size_t bytes, SteadyClock::time_point deadline, std::unique_ptr<Execution> execution)
      : Job(bytes, deadline), execution_(std::move(execution)) {
    set_route(kRoute);
  }

  void Start() override { Add(*execution_); }

  void End(const absl::Status& status) override {
    std::lock_guard lock(mutex_);
    status_ = status;
    ended_.notify_all();
  }

  absl::Status Wait(const grpc::ServerContext& call) {
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, kLookAtCall, [this] { return status_.has_value(); })) {
      if (call.IsCancelled()) Cancel();
    }
    return *status_;
  }

 private:
  const std::unique_ptr<Execution> execution_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<absl::Status> status_;  // guarded by mutex_
};

// Work in one piece.
class Piece final : public Execution {
 public:
  explicit Piece(std::function<void()> work) : work_(std::move(work)) {}
  int64_t pieces() const override { return 1; }
  void Run(int64_t) override { work_(); }
  void Finish() override {}

 private:
  const std::function<void()> work_;
};

absl::Status NoMessage() { return absl::InvalidArgumentError("the call has no message; expected at least one"); }

absl::Status Cancelled() { return absl::CancelledError("the call was cancelled"); }

}  // namespace

// A call's place among those that are open.
class Analyses::Visit {
 public:
  Visit(Analyses& analyses, Rpc rpc, grpc::ServerContext& call)
      : call(call), deadline(DeadlineOf(call)), analyses_(analyses), rpc_(rpc) {
    analyses.context_.metrics().AddInFlight(rpc, 1);
    std::lock_guard lock(analyses.mutex_);
    if (analyses.open_.size() == kMostOpen) return;
    place = analyses.open_.insert(analyses.open_.end(), {&call});
  }
  ~Visit() {
    analyses_.context_.metrics().AddInFlight(rpc_, -1);
    std::lock_guard lock(analyses_.mutex_);
    if (place.has_value()) analyses_.open_.erase(*place);
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  absl::Status Check() const {
    if (place.has_value()) return absl::OkStatus();
    analyses_.context_.metrics().CountRejected(Rejected::kQueueFull);
    return absl::ResourceExhaustedError(
        absl::StrFormat("%d analyses are in progress, which is the limit; try again later", kMostOpen));
  }

  grpc::ServerContext& call;
  const SteadyClock::time_point deadline;
  std::optional<std::list<Open>::iterator> place;  // none: there was no room

 private:
  Analyses& analyses_;
  const Rpc rpc_;
};

absl::Status Analyses::Admit(size_t bytes, Admission::Ticket& ticket) {
  Admission::Refusal why;
  absl::Status status = context_.batch.admission->AdmitBytes(bytes, ticket, &why);
  if (!status.ok()) context_.metrics().CountRejected(Rejected::kBytesFull);
  return status;
}

absl::Status Analyses::RunInPool(Visit& visit, size_t bytes, std::unique_ptr<Execution> execution) {
  const auto job = std::make_shared<AnalysisJob>(bytes, visit.deadline, std::move(execution));
  CpuPool::Refusal refusal;
  if (absl::Status status = context_.pool->Submit(job, &refusal); !status.ok()) {
    context_.metrics().CountRejected(refusal == CpuPool::Refusal::kQueueFull   ? Rejected::kQueueFull
                                     : refusal == CpuPool::Refusal::kDeadline  ? Rejected::kDeadline
                                     : refusal == CpuPool::Refusal::kCancelled ? Rejected::kCancelled
                                                                               : Rejected::kShuttingDown);
    return status;
  }
  absl::Status status = job->Wait(visit.call);
  if (!status.ok()) {
    context_.metrics().CountRejected(absl::IsCancelled(status) ? Rejected::kCancelled : Rejected::kDeadline);
  }
  return status;
}

template <class Request>
bool Analyses::Receive(Visit& visit, grpc::ServerReader<Request>& requests, Request& request) {
  {
    std::lock_guard lock(mutex_);
    (*visit.place)->waiting_since = SteadyClock::now();
  }
  const bool received = requests.Read(&request);
  {
    std::lock_guard lock(mutex_);
    (*visit.place)->waiting_since.reset();
  }
  if (received) context_.metrics().CountBytes(Bytes::kReceived, request.ByteSizeLong());
  return received;
}

void Analyses::EndIdle(SteadyClock::duration idle) {
  std::lock_guard lock(mutex_);
  for (Open& open : open_) {
    if (open.waiting_since.has_value() && SteadyClock::now() - *open.waiting_since >= idle) open.call->TryCancel();
  }
}

absl::Status Analyses::Profile(grpc::ServerContext& call, grpc::ServerReader<v1::ProfileRequest>& requests,
                               v1::ProfileResponse& response) {
  Visit visit(*this, Rpc::kProfile, call);
  if (absl::Status status = visit.Check(); !status.ok()) return status;
  analyse::ProfileOptions options;
  analyse::Profile profile;
  v1::ProfileRequest request;
  bool first = true;
  for (; Receive(visit, requests, request); first = false) {
    Admission::Ticket ticket;
    if (absl::Status status = Admit(request.ByteSizeLong(), ticket); !status.ok()) return status;
    if (first) {
      options = FromMessage(request.options());
    } else if (request.has_options()) {
      return InvalidField("options", "are given again; expected them in the first message only");
    }
    const absl::StatusOr<InputView> view = ToView(request.tensor());
    if (!view.ok()) return UnderField("tensor", view.status());
    absl::StatusOr<std::unique_ptr<Execution>> execution = analyse::PrepareProfile(options, *view, profile);
    if (!execution.ok()) return execution.status();
    if (absl::Status status = RunInPool(visit, view->bytes(), *std::move(execution)); !status.ok()) return status;
  }
  if (call.IsCancelled()) return Cancelled();
  if (first) return NoMessage();
  response = ToMessage(profile);
  return absl::OkStatus();
}

absl::Status Analyses::Calibrate(grpc::ServerContext& call, grpc::ServerReader<v1::CalibrateRequest>& requests,
                                 v1::CalibrateResponse& response) {
  Visit visit(*this, Rpc::kCalibrate, call);
  if (absl::Status status = visit.Check(); !status.ok()) return status;
  std::vector<double> targets;
  std::optional<analyse::Magnitudes> magnitudes;
  Admission::Ticket held;  // the magnitudes' bytes
  v1::CalibrateRequest request;
  while (Receive(visit, requests, request)) {
    Admission::Ticket ticket;
    if (absl::Status status = Admit(request.ByteSizeLong(), ticket); !status.ok()) return status;
    if (!magnitudes.has_value()) {
      const v1::CalibrateOptions& options = request.options();
      targets.assign(options.targets().begin(), options.targets().end());
      if (absl::Status status = analyse::CheckTargets(targets); !status.ok()) return status;
      BoundFunction bound;
      if (!options.function().empty()) {
        const absl::StatusOr<BoundFunction> found = Bind(options.function(), options.parameters());
        if (!found.ok()) return UnderField("options", found.status());
        bound = *found;
      } else if (options.parameters_size() != 0) {
        return InvalidField("options.parameters", "are given without a function; expected none");
      }
      magnitudes.emplace(bound.function, bound.params);
    } else if (request.has_options()) {
      return InvalidField("options", "are given again; expected them in the first message only");
    }
    const absl::StatusOr<InputView> view = ToView(request.tensor());
    if (!view.ok()) return UnderField("tensor", view.status());
    if (absl::Status status = magnitudes->Check(*view); !status.ok()) return status;
    if (absl::Status status = Admit(view->bytes(), held); !status.ok()) return status;
    const auto add = [&] { magnitudes->Add(*view); };
    if (absl::Status status = RunInPool(visit, view->bytes(), std::make_unique<Piece>(add)); !status.ok())
      return status;
  }
  if (call.IsCancelled()) return Cancelled();
  if (!magnitudes.has_value()) return NoMessage();
  absl::StatusOr<std::vector<analyse::Threshold>> thresholds;
  const auto find = [&] { thresholds = magnitudes->Find(targets); };
  if (absl::Status status = RunInPool(visit, 0, std::make_unique<Piece>(find)); !status.ok()) return status;
  if (!thresholds.ok()) return thresholds.status();
  response = ToMessage(*magnitudes, *thresholds);
  return absl::OkStatus();
}

absl::Status Analyses::Substitute(grpc::ServerContext& call, const v1::SubstituteRequest& request,
                                  v1::SubstituteResponse& response) {
  Visit visit(*this, Rpc::kSubstitute, call);
  if (absl::Status status = visit.Check(); !status.ok()) return status;
  context_.metrics().CountBytes(Bytes::kReceived, request.ByteSizeLong());
  Admission::Ticket ticket;
  if (absl::Status status = Admit(request.ByteSizeLong(), ticket); !status.ok()) return status;
  const absl::StatusOr<analyse::SubstituteOptions> options = FromMessage(request);
  if (!options.ok()) return options.status();
  const absl::StatusOr<InputView> view = ToView(request.input());
  if (!view.ok()) return UnderField("input", view.status());
  if (options->target_sparsity.has_value()) {  // whose quantile takes the elements as doubles
    if (absl::Status status = Admit(view->elements() * sizeof(double), ticket); !status.ok()) return status;
  }
  absl::StatusOr<analyse::Substitution> found;
  const auto check = [&]() -> absl::Status {
    if (call.IsCancelled()) return Cancelled();
    if (SteadyClock::now() < visit.deadline) return absl::OkStatus();
    return absl::DeadlineExceededError("the deadline passed before the work was done");
  };
  const auto find = [&] { found = analyse::FindSubstitutes(*options, *view, check); };
  if (absl::Status status = RunInPool(visit, view->bytes(), std::make_unique<Piece>(find)); !status.ok()) return status;
  if (!found.ok()) return found.status();
  response = ToMessage(*found);
  return absl::OkStatus();
}

}  // namespace actserve
