// The calls of a mix: what is sent, and how answers are judged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/load/engine/generator.h"
#include "client/load/scenario/plan.h"
#include "grpcpp/support/byte_buffer.h"

namespace actserve::load {

// A kind of call. Requests are encoded once, a few of each kind that differ, so that an answer to another call of the
// same kind is noticed.
class Kind {
 public:
  virtual ~Kind() = default;

  const std::string& name() const { return name_; }
  double weight() const { return weight_; }
  bool is_stream() const { return is_stream_; }
  bool is_gradient() const { return is_gradient_; }
  const char* method() const { return method_; }  // a full path
  int64_t elements() const { return elements_; }  // of a call's inputs
  int64_t bytes() const { return bytes_; }        // of a request
  size_t variants() const { return requests_.size(); }
  const grpc::ByteBuffer& request(size_t variant) const { return requests_[variant % requests_.size()]; }

  // Safe from any thread. An answer in which an item failed, that is none, or (if `compare`) whose bits are not those
  // that they should be, is a failure.
  virtual Outcome Judge(size_t variant, const grpc::ByteBuffer& answer, bool compare) const = 0;

 protected:
  std::string name_;
  double weight_ = 1;
  bool is_stream_ = false, is_gradient_ = false;
  const char* method_ = "";
  int64_t elements_ = 0, bytes_ = 0;
  std::vector<grpc::ByteBuffer> requests_;
};

using Workload = std::vector<std::unique_ptr<Kind>>;

// The scenario's calls, or gelu of 1024 numbers if it has none. INVALID_ARGUMENT with the file and line of what no
// server would take.
absl::StatusOr<Workload> MakeWorkload(const Settings& settings);

Mix MixOf(const Workload& workload, uint64_t seed);

}  // namespace actserve::load
