#include "server/service/batch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "kernels/api/status.h"
#include "server/observe/zeros.h"
#include "server/service/call_builder.h"
#include "server/wire/status.h"

namespace actserve {
namespace {

Direction DirectionOf(Rpc rpc) {
  return rpc == Rpc::kEvaluate || rpc == Rpc::kEvaluateStream ? Direction::kEvaluate : Direction::kGradient;
}

v1::Backend ToWire(BackendId id) { return id == BackendId::kCpu ? v1::BACKEND_CPU : v1::BACKEND_CUDA; }

Rejected ToRejected(Admission::Refusal refusal) {
  switch (refusal) {
    case Admission::Refusal::kItems: return Rejected::kItemsFull;
    case Admission::Refusal::kRoute: return Rejected::kRouteFull;
    case Admission::Refusal::kBytes:
    case Admission::Refusal::kNone: break;
  }
  return Rejected::kBytesFull;
}

// Items are decoded on the transport's threads up to here: what takes longer would keep them from receiving, and from
// refusing what is too much. Requests with more wait in a queue of their own, since their routes are not known.
constexpr int kFewItems = 32;
constexpr int kManyItems = -1;

// What a response holds beside the outputs' elements: at most, of an item and of a parameter's gradient.
constexpr size_t kResultOverhead = 128;

}  // namespace

Batch::Batch(const BatchContext& context, Rpc rpc, grpc::ByteBuffer& message, SteadyClock::time_point deadline,
             Done done)
    : Job(message.Length(), deadline),
      context_(context),
      rpc_(rpc),
      direction_(DirectionOf(rpc)),
      arrived_(SteadyClock::now()),
      done_(std::move(done)) {
  message_.Swap(&message);
}

absl::Status Batch::Admit() {
  Admission::Refusal why;
  if (absl::Status status = context_.admission->AdmitBytes(bytes(), ticket_, &why); !status.ok()) {
    context_.metrics->CountRejected(ToRejected(why));
    return status;
  }
  request_.emplace();
  request_->Receive(message_);
  if (request_->HasMoreItemsThan(kFewItems)) {
    set_route(kManyItems);
    return absl::OkStatus();
  }
  absl::Status status = Decode(arrived_);
  if (!running_.empty()) set_route(running_.front().function());
  return status;
}

absl::Status Batch::Decode(SteadyClock::time_point start) {
  is_decoded_ = true;
  absl::Status decoded = request_->Decode(direction_, context_.max_items);
  if (!decoded.ok()) {
    context_.metrics->CountRejected(Rejected::kMalformed);
    return decoded;
  }
  const absl::StatusOr<BackendChoice> choice = ToChoice(request_->backend());
  if (!choice.ok()) return choice.status();
  const int items = static_cast<int>(request_->items().size());
  context_.metrics->CountBatch(items);
  response_.Reset(items);
  running_.reserve(items);
  for (int i = 0; i < items; ++i) {
    const absl::StatusOr<Route> route = Accept(request_->items()[i], *choice);
    if (!route.ok()) {
      Fail(i, Metrics::kNoBackend, route.status());
    } else if (absl::Status status = Plan(i, *route); !status.ok()) {
      Fail(i, Metrics::kNoBackend, status);
    }
  }
  // To lay out the answer and to prepare the kernels takes as long again: what counts where items are many and small.
  estimate_ += SteadyClock::now() - start;
  return AdmitItems();
}

absl::Status Batch::AdmitItems() {
  absl::InlinedVector<Admission::Share, 4> shares;
  for (const Running& running : running_) {
    const auto route = static_cast<size_t>(running.function());
    auto share = std::find_if(shares.begin(), shares.end(), [&](const auto& share) { return share.route == route; });
    if (share == shares.end()) share = shares.insert(share, {.route = route});
    share->bytes += running.call.operand_bytes();
    ++share->items;
  }
  Admission::Refusal why;
  absl::Status status = context_.admission->AdmitItems(response_bytes_, {shares.data(), shares.size()}, ticket_, &why);
  if (!status.ok()) context_.metrics->CountRejected(ToRejected(why));
  return status;
}

void Batch::RunInline() {
  if (absl::Status status = Check(); !status.ok()) return End(status);
  Prepare();
  const SteadyClock::time_point now = SteadyClock::now();
  context_.metrics->CountQueued(BackendId::kCpu, now - arrived_);
  RunAdded(now);
  End(absl::OkStatus());
}

void Batch::Start() {
  const SteadyClock::time_point now = SteadyClock::now();
  context_.metrics->CountQueued(BackendId::kCpu, now - arrived_);
  if (!is_decoded_) failed_ = Decode(now);
  if (failed_.ok()) Prepare();
}

void Batch::Prepare() {
  response_.LayOut(*context_.buffers);
  for (Running& running : running_) PrepareItem(running);
}

void Batch::StartElsewhere() {
  std::vector<CudaItem*> items;  // since running_ may be gone when the last was submitted
  for (const Running& running : running_) {
    if (running.on_cuda != nullptr) items.push_back(running.on_cuda.get());
  }
  CudaPool& pool = *context_.cuda_pool;
  for (CudaItem* item : items) pool.Submit(*item);
}

absl::StatusOr<Route> Batch::Accept(const WireItem& item, BackendChoice choice) {
  if (absl::Status status = CheckId(item); !status.ok()) return status;
  if (!item.id.empty() && !ids_.insert(item.id).second) {
    return InvalidField("id", absl::StrFormat("\"%s\" is the id of an earlier item, too; expected each id once",
                                              absl::CEscape(std::string(item.id))));
  }
  if (item.empty()) return absl::InvalidArgumentError("is empty; expected a function and an input");
  if (last_function_.empty() || item.function != last_function_) {
    const absl::StatusOr<Route> route = context_.router->Find(item.function, choice);
    if (!route.ok()) return route.status();
    last_function_ = item.function;
    last_route_ = *route;
  }
  return last_route_;
}

absl::Status Batch::Plan(int index, const Route& route) {
  const WireItem& item = request_->items()[index];
  absl::StatusOr<Call> call = BuildCall(direction_, *route.function, item);
  if (!call.ok()) return call.status();
  const absl::StatusOr<Encoding> encoding = BuildEncoding(item, *call);
  if (!encoding.ok()) return encoding.status();
  const size_t output_bytes = OutputBytes(*call, *encoding);
  const size_t parts = 1 + call->gradient_params.size() + (call->has_gate_gradient() ? 1 : 0);
  const size_t bytes = output_bytes + item.id.size() + kResultOverhead * parts;
  if (bytes > context_.max_response_bytes - response_bytes_) {
    return absl::InvalidArgumentError(
        absl::StrFormat("its output of %d bytes does not fit the response, where %d of at most %d bytes are taken; "
                        "expected fewer items "
                        "or a smaller output_type",
                        output_bytes, response_bytes_, context_.max_response_bytes));
  }
  response_bytes_ += bytes;
  const Placement::Place place = context_.placement->Choose(*call, route.backend);
  if (place.backend == BackendId::kCuda) {
    ++on_cuda_;
  } else {
    estimate_ += place.time;
  }
  response_.SetId(index, item.id);
  response_.AddOutput(index, ToWire(place.backend), call->output_type, call->output_shape(), call->output_quantization,
                      *encoding);
  if (call->has_gate_gradient()) {
    response_.AddGateGradient(index, call->output_type, call->gate->shape, call->output_quantization);
  }
  for (const WireParameter& parameter : item.parameters) {
    for (const int param : call->gradient_params) {
      if (route.function->info.params[param].name != parameter.name) continue;
      response_.AddParameterGradient(index, parameter.name, call->params.tensor(param) == nullptr,
                                     call->gradient_type(param), call->gradient_shape(param));
    }
  }
  running_.push_back(
      {.item = index, .place = place, .call = *std::move(call), .execution = {}, .on_cuda = {}, .number = 0});
  return absl::OkStatus();
}

void Batch::PrepareItem(Running& running) {
  const Call& call = running.call;
  const int index = running.item;
  // The response has the gradients in the item's order, the kernel takes them in the function's.
  std::array<MutableTensorView, kMaxParams> gradients;
  int added = 0;
  for (const WireParameter& parameter : request_->items()[index].parameters) {
    for (size_t g = 0; g < call.gradient_params.size(); ++g) {
      if (call.function->info.params[call.gradient_params[g]].name != parameter.name) continue;
      gradients[g] = response_.parameter_gradient(index, added++);
    }
  }
  const Outputs outputs{.output = response_.output(index),
                        .param_gradients = std::span(gradients).first(call.gradient_params.size()),
                        .gate_gradient = response_.gate_gradient(index)};
  if (running.place.backend == BackendId::kCuda) {
    running.on_cuda = std::make_unique<CudaItem>(*this, *context_.cpu_pool, *context_.cpu, call, outputs);
  } else {
    SparseOutput* const sparse = response_.sparse_output(index);
    running.execution =
        sparse == nullptr ? context_.cpu->Prepare(call, outputs) : context_.cpu->PrepareSparse(call, *sparse, outputs);
    running.number = Add(*running.execution);
  }
}

void Batch::Fail(int index, int backend, const absl::Status& status) {
  const WireItem& item = request_->items()[index];
  // A backend is asked for by the request, all else by the item.
  std::string field = FieldOf(status);
  if (field != "backend") field = FieldOf(UnderField(absl::StrFormat("items[%d]", index), status));
  response_.SetError(index, status.raw_code(), absl::StrFormat("item %d: %s", index, FullMessage(status)), field);
  if (CheckId(item).ok()) response_.SetId(index, item.id);
  const Function* function = FindFunction(item.function);
  context_.metrics->CountItem(rpc_, function == nullptr ? Metrics::kNoFunction : function->index, backend,
                              status.raw_code());
}

void Batch::End(const absl::Status& status) {
  if (!status.ok()) {
    context_.metrics->CountRejected(absl::IsCancelled(status) ? Rejected::kCancelled : Rejected::kDeadline);
    return Answer(status);
  }
  if (!failed_.ok()) return Answer(failed_);
  for (const Running& running : running_) EndItem(running);
  Answer(status);
}

void Batch::EndItem(const Running& running) {
  const auto time = TimeOf(running);
  const int backend = static_cast<int>(running.backend());
  if (running.on_cuda != nullptr) {
    context_.metrics->CountQueued(BackendId::kCuda, running.on_cuda->queued());
    response_.SetBackend(running.item, ToWire(running.backend()));
  }
  response_.SetComputeTime(running.item, time);
  const MutableTensorView output = response_.output(running.item);
  double zeros;
  if (SparseOutput* const sparse = response_.sparse_output(running.item); sparse == nullptr) {
    zeros = ShareOfZeros(output, running.call.output_quantization);
    context_.metrics->CountOutput(Encoding::kDense, output.bytes(), output.bytes());
  } else {
    if (running.on_cuda != nullptr) sparse->EncodeAll();  // it was computed densely
    if (absl::Status status = sparse->status(); !status.ok()) return Fail(running.item, backend, status);
    zeros = sparse->share_of_zeros();
    context_.metrics->CountOutput(sparse->encoding(), sparse->bytes(), output.bytes());
  }
  context_.metrics->CountItem(rpc_, running.function(), backend, 0);
  context_.metrics->CountKernel(rpc_, running.function(), backend, time, running.call.input.elements(), zeros);
}

void Batch::Answer(const absl::Status& status) {
  // While there is what ids and names lie in.
  const grpc::ByteBuffer response = status.ok() ? response_.Encode() : grpc::ByteBuffer();
  // First, so that whoever is answered finds the room free again.
  for (const Running& running : running_) context_.placement->Leave(running.place);
  running_.clear();
  request_.reset();
  ticket_.Release();
  const Done done = std::exchange(done_, nullptr);  // what it holds may hold this
  done(status, response);
}

}  // namespace actserve
