// A primitive of oneDNN, ready to be run.
#pragma once

#include <cstddef>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <utility>
#include <vector>

namespace actserve::bench {

// The primitive with its arguments, in the form of the C interface: that of C++ copies them at each execution.
//
// oneDNN's generated code keeps vectors on the stack wherever that is, and Linux puts the stack at a random multiple of
// 16: in some processes its gradients take twice as long as in others. So each primitive is tried at the places there
// are and then always run at its best one.
class BoundPrimitive {
 public:
  // `keep` owns what the arguments (DNNL_ARG_..., data) point at; all are of the same shape.
  BoundPrimitive(dnnl::primitive primitive, const dnnl::engine& engine, const dnnl::memory::desc& shape,
                 const std::vector<std::pair<int, std::byte*>>& arguments, std::shared_ptr<void> keep);
  void operator()() const { RunAt(place_); }

 private:
  static constexpr int kPlaces = 4;  // multiples of 16 in a cache line
  void RunAt(int place) const;
  double SecondsAt(int place) const;

  dnnl::primitive primitive_;
  dnnl::stream stream_;
  std::vector<dnnl::memory> memories_;
  std::vector<dnnl_exec_arg_t> arguments_;
  std::shared_ptr<void> keep_;
  int place_ = 0;
};

}  // namespace actserve::bench
