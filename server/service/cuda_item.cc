#include "server/service/cuda_item.h"

namespace actserve {

// The item on the CPU: a job of its own, within the one that was admitted.
class CudaItem::Fallback final : public Job {
 public:
  explicit Fallback(CudaItem& item) : Job(item.call().input.bytes(), SteadyClock::time_point::max()), item_(item) {
    set_route(item.job_.route());
  }

  std::vector<Execution*> Start() override {
    if (!item_.Check().ok()) return {};
    return {item_.fallback_.get()};
  }
  void End(const absl::Status&) override { item_.pool_.EndElsewhere(item_.job_, item_.Check().ok()); }

 private:
  CudaItem& item_;
};

void CudaItem::Done(const absl::Status& status, const Times& times) {
  times_ = times;
  if (!absl::IsUnavailable(status)) return pool_.EndElsewhere(job_, status.ok());
  fallback_ = std::make_unique<TimedExecution>(cpu_.Prepare(call(), outputs()));
  pool_.Add(std::make_shared<Fallback>(*this));
}

}  // namespace actserve
