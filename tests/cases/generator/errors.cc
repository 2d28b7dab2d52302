#include "tests/cases/generator/errors.h"

#include <cmath>
#include <functional>
#include <string>

#include "tests/cases/generator/messages.h"

namespace actserve::cases {
namespace {

testing::Tensor Numbers(std::initializer_list<int64_t> dims, double value = 0.5, DataType type = DataType::kF32) {
  const Shape shape = testing::MakeShape(dims);
  return testing::Tensor::Of(type, shape, std::vector<double>(static_cast<size_t>(shape.elements()), value));
}

Item Relu(double x) {
  Item item;
  item.set_function("relu");
  *item.mutable_input() = ToMessage(Numbers({2, 3}, x));
  return item;
}

void AddTensor(Item& item, const std::string& name, const testing::Tensor& value) {
  Parameter& parameter = *item.add_parameters();
  parameter.set_name(name);
  *parameter.mutable_tensor() = ToMessage(value);
}

struct Bad {
  const char* name;
  std::function<void(Item&)> spoil;  // relu's item, with an input of shape [2, 3]
  const char* code;
  const char* field;
  const char* message;
};

// To a function, with one argument.
std::function<void(Item&)> Scalar(const char* function, const char* name, double value) {
  return [=](Item& item) {
    item.set_function(function);
    *item.add_parameters() = ToMessage(name, value);
  };
}
std::function<void(Item&)> Tensors(const char* function, std::vector<std::pair<const char*, testing::Tensor>> values) {
  return [=](Item& item) {
    item.set_function(function);
    for (const auto& [name, value] : values) AddTensor(item, name, value);
  };
}
std::function<void(Item&)> Named(const char* function) {
  return [=](Item& item) { item.set_function(function); };
}
std::function<void(Item&)> Axis(const char* function, int axis) {
  return [=](Item& item) {
    item.set_function(function);
    item.set_axis(axis);
  };
}

// Of an i8 output.
std::function<void(Item&)> Scales(std::vector<float> scales, std::vector<int32_t> zero_points,
                                  std::optional<int> axis = {}) {
  return [=](Item& item) {
    item.set_output_type("i8");
    *item.mutable_output_quantization() = ToMessage(actserve::Quantization{scales, zero_points, axis});
  };
}
std::function<void(Item&)> Gate(const char* function, const testing::Tensor& gate) {
  return [=](Item& item) {
    item.set_function(function);
    *item.mutable_gate() = ToMessage(gate);
  };
}
std::function<void(Item&)> Layout(const char* layout) {
  return [=](Item& item) { item.set_layout(layout); };
}

const Bad kOfBothCalls[] = {
    {"unknown function", Named("sillu"), "NOT_FOUND", ".function", "the nearest names are silu"},
    {"no function", Named(""), "INVALID_ARGUMENT", ".function", "is missing"},
    {"unknown parameter", Scalar("silu", "alpha", 1), "INVALID_ARGUMENT", ".parameters.alpha",
     "is not a known parameter"},
    {"missing parameter", Named("prelu"), "INVALID_ARGUMENT", ".parameters.alpha", "is missing"},
    {"parameter out of range", Scalar("silu", "beta", 101), "INVALID_ARGUMENT", ".parameters.beta",
     "101 is out of range; expected a value in [0, 100]"},
    {"parameter that is no number", Scalar("silu", "beta", std::nan("")), "INVALID_ARGUMENT", ".parameters.beta",
     "nan is out of range"},
    {"alpha that is softmax's", Scalar("entmax", "alpha", 1), "INVALID_ARGUMENT", ".parameters.alpha",
     "1 is out of range"},
    {"count that is no whole number", Scalar("topk_softmax", "k", 1.5), "INVALID_ARGUMENT", ".parameters.k",
     "1.5 is no whole number"},
    {"count of none", Scalar("topk_softmax", "k", 0), "INVALID_ARGUMENT", ".parameters.k",
     "0 is out of range; expected a value in [1, 16777216]"},
    {"count of more than there are", Scalar("topk_softmax", "k", 4), "INVALID_ARGUMENT", ".parameters.k",
     "a row along axis 1 of an input of shape [2, 3] has 3 elements"},
    {"tensor for a number", Tensors("silu", {{"beta", Numbers({3})}}), "INVALID_ARGUMENT", ".parameters.beta",
     "expected"},
    {"number for a tensor", [](Item& item) { Scalar("aplu", "a", 1)(item), AddTensor(item, "b", Numbers({2})); },
     "INVALID_ARGUMENT", ".parameters.a", "expected"},
    {"channels of another number", Tensors("prelu", {{"alpha", Numbers({2})}}), "INVALID_ARGUMENT", ".parameters.alpha",
     "has shape [2]"},
    {"element of a parameter out of range", Tensors("aplu", {{"a", Numbers({2}, 2e6)}, {"b", Numbers({2})}}),
     "INVALID_ARGUMENT", ".parameters.a", "out of range"},
    {"segments that differ", Tensors("aplu", {{"a", Numbers({2})}, {"b", Numbers({3})}}), "INVALID_ARGUMENT",
     ".parameters.b", "segments"},
    {"axis where there is none", Axis("relu", 0), "INVALID_ARGUMENT", ".axis", "element-wise"},
    {"axis too large", Axis("softmax", 2), "INVALID_ARGUMENT", ".axis", "expected a value in [-2, 1]"},
    {"axis too small", Axis("softmax", -3), "INVALID_ARGUMENT", ".axis", "expected a value in [-2, 1]"},
    {"output without a scale", [](Item& item) { item.set_output_type("u8"); }, "INVALID_ARGUMENT",
     ".output_quantization", "is missing; expected a scale"},
    {"scale of an f8 output", [](Item& item) { Scales({1}, {})(item), item.set_output_type("f8e5m2"); },
     "INVALID_ARGUMENT", ".output_quantization", "is given, but the data type is f8e5m2"},
    {"scale of zero", Scales({0}, {}), "INVALID_ARGUMENT", ".output_quantization.scale", "value 0 is 0"},
    {"negative scale", Scales({1, -0.5f}, {}, 0), "INVALID_ARGUMENT", ".output_quantization.scale", "value 1 is -0.5"},
    {"zero point beyond the type", Scales({1}, {-129}), "INVALID_ARGUMENT", ".output_quantization.zero_point",
     "expected an integer of i8, -128 to 127"},
    {"zero points too few", Scales({1, 1}, {1}, 0), "INVALID_ARGUMENT", ".output_quantization.zero_point",
     "has 1 values, but scale has 2"},
    {"scales too few", Scales({1, 1}, {}, 1), "INVALID_ARGUMENT", ".output_quantization.scale",
     "has 2 values; expected 3"},
    {"axis of scales out of range", Scales({1, 1}, {}, 2), "INVALID_ARGUMENT", ".output_quantization.axis",
     "is 2, which is out of range"},
    {"overflow of an i8 output", [](Item& item) { Scales({1}, {})(item), item.set_overflow("saturating"); },
     "INVALID_ARGUMENT", ".overflow", "is given, but the output type is i8"},
    {"parameter of 8 bits", Tensors("prelu", {{"alpha", Numbers({3}, 0.5, DataType::kF8E4M3)}}), "INVALID_ARGUMENT",
     ".parameters.alpha", "is of f8e4m3fn; expected f64, f32, f16 or bf16"},
    {"packed operands of an odd extent", Named("swiglu"), "INVALID_ARGUMENT", ".input.shape",
     "is [2, 3], whose extent 3 along axis 1 is odd"},
    {"packed operands of a scalar",
     [](Item& item) { Named("glu")(item), *item.mutable_input() = ToMessage(Numbers({})); }, "INVALID_ARGUMENT",
     ".input.shape", "is a scalar's"},
    {"axis of packed operands too large", Axis("glu", 2), "INVALID_ARGUMENT", ".axis", "expected a value in [-2, 1]"},
    {"gate of another shape", Gate("swiglu", Numbers({3, 2})), "INVALID_ARGUMENT", ".gate", "is f32[3, 2]; expected"},
    {"gate of another type", Gate("swiglu", Numbers({2, 3}, 1, DataType::kBF16)), "INVALID_ARGUMENT", ".gate",
     "is bf16[2, 3]; expected"},
    {"gate where there is none", Gate("silu", Numbers({2, 3})), "INVALID_ARGUMENT", ".gate", "silu is not gated"},
    {"layout where there is none", Layout("HALVES"), "INVALID_ARGUMENT", ".layout", "relu is not gated"},
    {"layout beside a gate",
     [](Item& item) {
       Gate("glu", Numbers({2, 3}))(item), Layout("INTERLEAVED")(item);
     },
     "INVALID_ARGUMENT", ".layout", "is INTERLEAVED, but the gate is a tensor of its own"},
    {"pieces that do not fit", Scalar("maxout", "pieces", 2), "INVALID_ARGUMENT", ".input.shape",
     "is [2, 3], whose extent 3 along axis 1 is odd"},
    {"pieces of another number", Scalar("maxout", "pieces", 4), "INVALID_ARGUMENT", ".input.shape",
     "whose extent 3 along axis 1 is no multiple of 4"},
    {"pieces that are no whole number", Scalar("maxout", "pieces", 2.5), "INVALID_ARGUMENT", ".parameters.pieces",
     "2.5 is no whole number; expected one in [2, 64]"},
    {"pieces beside a gate",
     [](Item& item) {
       Scalar("maxout", "pieces", 3)(item), Gate("maxout", Numbers({2, 3}))(item);
     },
     "INVALID_ARGUMENT", ".parameters.pieces", "is 3, but a gate is given"},
    {"layout with the gate first of pieces",
     [](Item& item) { Named("maxout")(item), Layout("HALVES_GATE_FIRST")(item); }, "INVALID_ARGUMENT", ".layout",
     "no operand of maxout is a gate"},
    {"axis beside a gate",
     [](Item& item) {
       Gate("glu", Numbers({2, 3}))(item), item.set_axis(1);
     },
     "INVALID_ARGUMENT", ".axis", "the gate is a tensor of its own"},
};

std::function<void(Item&)> Upstream(const testing::Tensor& upstream) {
  return [=](Item& item) { *item.mutable_upstream() = ToMessage(upstream); };
}
const Bad kOfGradient[] = {
    {"upstream of another shape", Upstream(Numbers({3, 2})), "INVALID_ARGUMENT", ".upstream", "is f32[3, 2]"},
    {"upstream of packed operands' shape",
     [](Item& item) {
       Named("reglu")(item), *item.mutable_input() = ToMessage(Numbers({2, 4})), Upstream(Numbers({2, 4}))(item);
     },
     "INVALID_ARGUMENT", ".upstream", "expected the input's type and the output's shape, f32[2, 2]"},
    {"upstream of another type", Upstream(Numbers({2, 3}, 1, DataType::kF16)), "INVALID_ARGUMENT", ".upstream",
     "is f16[2, 3]"},
};

// The bad item stands between two good ones, which are answered.
Case Between(const char* call, const Bad& bad) {
  const bool gradient = std::string(call) == "gradient";
  Case c;
  c.set_name(std::string(call) + ": " + bad.name);
  c.set_call(call);
  *c.add_items() = Relu(-2);
  *c.add_items() = Relu(1);
  *c.add_items() = Relu(3);
  bad.spoil(*c.mutable_items(1));
  *c.add_results()->mutable_output() = ToMessage(Numbers({2, 3}, 0));
  Error& error = *c.add_results()->mutable_error();
  error.set_code(bad.code);
  error.set_field(std::string("items[1]") + bad.field);
  error.set_message(bad.message);
  *c.add_results()->mutable_output() = ToMessage(Numbers({2, 3}, gradient ? 1 : 3));
  return c;
}

Case WithoutItems(const char* call) {
  Case c;
  c.set_name(std::string(call) + ": no items");
  c.set_call(call);
  c.mutable_error()->set_code("INVALID_ARGUMENT");
  c.mutable_error()->set_field("items");
  c.mutable_error()->set_message("expected at least one");
  return c;
}

}  // namespace

File Errors() {
  File file;
  for (const char* call : {"evaluate", "gradient"}) {
    for (const Bad& bad : kOfBothCalls) *file.add_cases() = Between(call, bad);
    *file.add_cases() = WithoutItems(call);
  }
  for (const Bad& bad : kOfGradient) *file.add_cases() = Between("gradient", bad);
  return file;
}

}  // namespace actserve::cases
