#include "server/service/cuda_item.h"

namespace actserve {

// The item on the CPU: a job of its own, within the one that was admitted.
class CudaItem::Fallback final : public Job {
 public:
  explicit Fallback(CudaItem& item) : Job(item.call().input.bytes(), SteadyClock::time_point::max()), item_(item) {
    set_route(item.job_.route());
  }

  void Start() override {
    if (item_.Check().ok()) Add(*item_.fallback_);
  }
  void End(const absl::Status& status) override {
    const bool is_done = status.ok() && item_.Check().ok();
    if (is_done) item_.fallback_time_ = time(0);
    item_.pool_.EndElsewhere(item_.job_, is_done);
  }

 private:
  CudaItem& item_;
};

void CudaItem::Done(const absl::Status& status, const Times& times) {
  times_ = times;
  if (!absl::IsUnavailable(status)) return pool_.EndElsewhere(job_, status.ok());
  fallback_ = cpu_.Prepare(call(), outputs());
  pool_.Add(std::make_shared<Fallback>(*this));
}

}  // namespace actserve
