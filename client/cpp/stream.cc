#include "client/cpp/stream.h"

#include <utility>

#include "client/cpp/errors.h"

namespace actserve::client {

template <class Item>
Stream<Item>::Stream(ChannelPool::Lease place, std::unique_ptr<grpc::ClientContext> context, Backend backend,
                     bool decode)
    : place_(std::move(place)), context_(std::move(context)), backend_(backend), decode_(decode) {
  // What a generated stub does, for messages that stay bytes.
  using Factory = grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>;
  const grpc::internal::RpcMethod method(Batch<Item>::kStream, grpc::internal::RpcMethod::BIDI_STREAMING);
  call_.reset(Factory::Create(place_.channel().get(), method, context_.get()));
}

template <class Item>
Stream<Item>::~Stream() {
  if (status_.has_value()) return;
  context_->TryCancel();
  Finish().IgnoreError();
}

template <class Item>
absl::Status Stream<Item>::Write(std::vector<Item> items) {
  if (writes_closed_) return absl::FailedPreconditionError("a batch was written after CloseWrites");
  {
    // Before the batch leaves: its answer may arrive before Write returns.
    std::lock_guard lock(mutex_);
    batch_sizes_.push_back(items.size());
  }
  if (!call_->Write(ToRequest(items, backend_))) return absl::AbortedError("the stream has ended");
  return absl::OkStatus();
}

template <class Item>
absl::Status Stream<Item>::CloseWrites() {
  if (std::exchange(writes_closed_, true)) return absl::OkStatus();
  return call_->WritesDone() ? absl::OkStatus() : absl::AbortedError("the stream has ended");
}

template <class Item>
absl::StatusOr<std::optional<Results<ResultOf<Item>>>> Stream<Item>::Read() {
  if (!status_.has_value()) {
    grpc::ByteBuffer response;
    if (call_->Read(&response)) {
      size_t expected = 0;
      {
        std::lock_guard lock(mutex_);
        if (!batch_sizes_.empty()) {
          expected = batch_sizes_.front();
          batch_sizes_.pop_front();
        }
      }
      auto results = FromResponse<Item>(response, expected, decode_);
      if (!results.ok()) return results.status();
      return std::make_optional(*std::move(results));
    }
    status_ = Finish();
    std::lock_guard lock(mutex_);
    if (status_->ok() && !batch_sizes_.empty()) {
      status_ = absl::InternalError("the server ended the stream before it had answered every batch");
    }
  }
  if (!status_->ok()) return *status_;
  return std::optional<Results<ResultOf<Item>>>();
}

template <class Item>
absl::Status Stream<Item>::Finish() {
  return FromGrpc(call_->Finish());
}

template class Stream<EvaluateItem>;
template class Stream<GradientItem>;

}  // namespace actserve::client
