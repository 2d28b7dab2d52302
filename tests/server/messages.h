// Short ways to write requests and to read answers.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "actserve/v1/activation.pb.h"

namespace actserve {

// A tensor of any bytes.
inline v1::Tensor RawTensor(v1::DataType type, const std::vector<int64_t>& shape, const std::string& data) {
  v1::Tensor tensor;
  tensor.set_data_type(type);
  for (const int64_t dim : shape) tensor.add_shape(dim);
  tensor.set_data(data);
  return tensor;
}

inline v1::Tensor F32(const std::vector<int64_t>& shape, const std::vector<float>& values) {
  return RawTensor(v1::DATA_TYPE_F32, shape,
                   std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)));
}

inline v1::Tensor F32(const std::vector<float>& values) { return F32({static_cast<int64_t>(values.size())}, values); }

template <class Number = float>
std::vector<Number> Values(const v1::Tensor& tensor) {
  std::vector<Number> values(tensor.data().size() / sizeof(Number));
  std::memcpy(values.data(), tensor.data().data(), tensor.data().size());
  return values;
}

inline v1::EvaluateItem* AddItem(v1::EvaluateRequest& request, std::string_view function, const v1::Tensor& input) {
  v1::EvaluateItem* item = request.add_items();
  item->set_function(std::string(function));
  *item->mutable_input() = input;
  return item;
}

inline v1::GradientItem* AddItem(v1::GradientRequest& request, std::string_view function, const v1::Tensor& input) {
  v1::GradientItem* item = request.add_items();
  item->set_function(std::string(function));
  *item->mutable_input() = input;
  return item;
}

inline v1::EvaluateRequest Relu(const std::vector<float>& values) {
  v1::EvaluateRequest request;
  AddItem(request, "relu", F32(values));
  return request;
}

template <class Item>
void AddScalar(Item* item, std::string_view name, double value) {
  v1::Parameter* parameter = item->add_parameters();
  parameter->set_name(std::string(name));
  parameter->set_scalar(value);
}

template <class Item>
void AddTensor(Item* item, std::string_view name, const v1::Tensor& value) {
  v1::Parameter* parameter = item->add_parameters();
  parameter->set_name(std::string(name));
  *parameter->mutable_tensor() = value;
}

}  // namespace actserve
