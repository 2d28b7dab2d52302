// Responses as the handlers make them: both directions alike, which the wire numbers alike, and in one piece of memory.
// The headers and the gaps for the outputs are laid out before anything is computed, kernels write into the gaps, and
// what they wrote is what is sent. Where an output is without its zeros, nobody knows how long it is before it is
// computed: then there is memory for the outputs, and headers of their own, and the message is pieces of both by turns.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "actserve/v1/activation.pb.h"
#include "kernels/api/call.h"
#include "kernels/api/sparse_output.h"
#include "kernels/api/tensor_view.h"
#include "server/wire/buffer_pool.h"

namespace actserve {

// First Reset, then what the items are to have, then LayOut; then outputs are written, and Encode. Not for several
// threads at a time; but they may write into the outputs while nothing is called here.
class Response {
 public:
  Response() = default;
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;

  // A result for each of so many items; once.
  void Reset(int items) { results_.resize(items); }

  // The id, and all names and quantizations, must live until LayOut, and where an output is without zeros until Encode.
  void SetId(int item, std::string_view id);
  // The item failed, and has no output (any more; after LayOut, of one that has a SparseOutput). `field` is the path
  // from the request, such as "items[2].axis".
  void SetError(int item, int code, std::string message, std::string field);
  // The item has an output, or input gradient, which `backend` is to compute. `encoding` fits type and shape.
  void AddOutput(int item, v1::Backend backend, DataType type, const Shape& shape,
                 const Quantization& quantization = {}, Encoding encoding = Encoding::kDense);
  // And the gradient of a gate that is a tensor of its own.
  void AddGateGradient(int item, DataType type, const Shape& shape, const Quantization& quantization);
  // And the gradient of a parameter; they come in the order of the calls. `number`: the client gave the parameter as a
  // number, and gets its gradient as one; then it is an f64 scalar.
  void AddParameterGradient(int item, std::string_view name, bool number, DataType type, const Shape& shape);

  // Takes memory for the message, and writes all but the outputs and the times; once.
  void LayOut(BufferPool& pool);

  // To write into; at any address, and as long as the response lives.
  MutableTensorView output(int item) { return ViewOf(results_[item].output); }
  // To be concluded before Encode; null: the item's output is dense.
  SparseOutput* sparse_output(int item) { return results_[item].sparse.get(); }
  MutableTensorView gate_gradient(int item) {  // empty where there is none
    return results_[item].gate ? ViewOf(*results_[item].gate) : MutableTensorView();
  }
  MutableTensorView parameter_gradient(int item, int i) { return ViewOf(results_[item].parameters[i].gradient); }
  void SetComputeTime(int item, std::chrono::nanoseconds time);
  // Another one computed it.
  void SetBackend(int item, v1::Backend backend);

  // The message. Nothing else may be called afterwards.
  grpc::ByteBuffer Encode();

 private:
  struct Output {
    DataType type = DataType::kF32;
    Shape shape;
    Quantization quantization;
    size_t at = 0;  // where in the message its data begin
    std::byte* data = nullptr;

    size_t bytes() const { return static_cast<size_t>(shape.elements()) * SizeOf(type); }
  };
  struct ParameterGradient {
    std::string_view name;
    bool number;
    Output gradient;
  };
  struct Result {
    std::string_view id;
    std::unique_ptr<v1::ItemStatus> failed;         // null: it has not
    v1::Backend backend = v1::BACKEND_UNSPECIFIED;  // of the output; unspecified: there is none
    std::chrono::nanoseconds time{0};
    size_t backend_at = 0, time_at = 0;  // in the message
    absl::InlinedVector<ParameterGradient, 1> parameters;
    std::optional<Output> gate;
    Output output;
    Encoding encoding = Encoding::kDense;
    std::unique_ptr<SparseOutput> sparse;  // once there is memory, if it is not to be dense
  };

  // Calls body(output) for all that there is memory for.
  template <class Body>
  static void ForEachOutput(Result& result, Body body) {
    body(result.output);
    for (ParameterGradient& parameter : result.parameters) body(parameter.gradient);
    if (result.gate) body(*result.gate);
  }

  // What is laid out, on a Counter and then on a Writer or a Gatherer: see the .cc.
  template <class Sink>
  static void PutQuantization(Sink& sink, const Quantization& quantization);
  template <class Sink>
  static void PutTensor(Sink& sink, Output& output);
  template <class Sink>
  static void PutSparseTensor(Sink& sink, const SparseOutput& output);
  template <class Sink>
  static void PutParameter(Sink& sink, ParameterGradient& parameter);
  template <class Sink>
  static void PutResult(Sink& sink, Result& result);
  template <class Sink>
  void PutAll(Sink& sink);

  // Memory for the outputs alone.
  void Reserve(BufferPool& pool);
  grpc::ByteBuffer Gather();

  static MutableTensorView ViewOf(const Output& output) { return {output.type, output.shape, output.data}; }

  std::vector<Result> results_;
  bool is_late_ = false;  // the message is laid out when all is computed
  grpc::Slice slice_;
  std::byte* bytes_ = nullptr;  // of slice_
};

}  // namespace actserve
