#include "client/cpp/pipeline.h"

#include <utility>

namespace actserve::client {

template <class Item>
Pipeline<Item>::Pipeline(ChannelPool::Lease place, std::unique_ptr<grpc::ClientContext> context, Backend backend,
                         bool decode, int in_flight, OnAnswer on_answer)
    : backend_(backend),
      call_(std::make_unique<PipelineCall>(std::move(place), std::move(context), Batch<Item>::kStream, in_flight,
                                           [decode, on_answer = std::move(on_answer)](
                                               int64_t batch, size_t items, absl::StatusOr<grpc::ByteBuffer> answer) {
                                             if (!answer.ok()) return on_answer(batch, answer.status());
                                             on_answer(batch, FromResponse<Item>(*answer, items, decode));
                                           })) {}

template <class Item>
absl::Status Pipeline<Item>::Submit(const std::vector<Item>& items) {
  return call_->Submit(ToRequest(items, backend_), items.size());
}

template class Pipeline<EvaluateItem>;
template class Pipeline<GradientItem>;

}  // namespace actserve::client
