// What is sent, and what must come back.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "kernels/api/call.h"
#include "kernels/api/sparse.h"
#include "tests/bench/kernels/workload.h"

namespace actserve::bench::service {

// What is computed, of what, and how the outputs are to travel.
struct Content {
  const char* function = "silu";
  Distribution data = Distribution::kActivity;
  Encoding encoding = Encoding::kDense;
};

// A request for a function of `items` items of `bytes` bytes each, in f32; a gradient has an upstream for each. Encoded
// once: all calls send the same slice.
class Request {
 public:
  Request(Direction direction, int64_t items, int64_t bytes, const Content& content = {});

  Direction direction() const { return direction_; }
  const grpc::ByteBuffer& message() const { return message_; }
  int64_t items() const { return items_; }
  int64_t bytes() const { return items_ * bytes_; }  // of the inputs together

  // Whether actserve's answer has the kernel's own bits. FAILED_PRECONDITION otherwise.
  absl::Status CheckAnswer(const grpc::ByteBuffer& answer) const;
  // Whether the echo's answer has the bytes that it should have. FAILED_PRECONDITION otherwise.
  absl::Status CheckEcho(const grpc::ByteBuffer& answer) const;

  // The CPU time of the kernel alone for all the items, on this thread: the median of some runs.
  double KernelSeconds() const;

 private:
  const Direction direction_;
  const int64_t items_, bytes_;
  const Workload workload_;  // of all the items: element-wise, so that it makes no difference
  const std::shared_ptr<Operands> operands_;
  std::string encoded_;
  grpc::ByteBuffer message_;
};

}  // namespace actserve::bench::service
