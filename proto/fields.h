// What both ends of the wire know of its messages beyond protobuf's own code for them.
#pragma once

#include <google/protobuf/wire_format_lite.h>

#include <cstdint>

#include "actserve/v1/activation.pb.h"

namespace actserve {

// What stands before a field of such a kind, for those who read fields by themselves.
namespace tags {

using Wire = google::protobuf::internal::WireFormatLite;

constexpr uint32_t Tag(int field, Wire::WireType type) { return static_cast<uint32_t>(field) << 3 | type; }
constexpr uint32_t Varint(int field) { return Tag(field, Wire::WIRETYPE_VARINT); }
constexpr uint32_t Fixed32(int field) { return Tag(field, Wire::WIRETYPE_FIXED32); }
constexpr uint32_t Fixed64(int field) { return Tag(field, Wire::WIRETYPE_FIXED64); }
constexpr uint32_t Delimited(int field) { return Tag(field, Wire::WIRETYPE_LENGTH_DELIMITED); }

}  // namespace tags

// Evaluate's messages and Gradient's number their fields alike; the latter have more of them. So one piece of code
// reads or writes both, by Gradient's numbers.
using RequestFields = v1::GradientRequest;
static_assert(int{RequestFields::kBackendFieldNumber} == v1::EvaluateRequest::kBackendFieldNumber);
static_assert(int{RequestFields::kItemsFieldNumber} == v1::EvaluateRequest::kItemsFieldNumber);

using ItemFields = v1::GradientItem;
static_assert(int{ItemFields::kIdFieldNumber} == v1::EvaluateItem::kIdFieldNumber);
static_assert(int{ItemFields::kFunctionFieldNumber} == v1::EvaluateItem::kFunctionFieldNumber);
static_assert(int{ItemFields::kParametersFieldNumber} == v1::EvaluateItem::kParametersFieldNumber);
static_assert(int{ItemFields::kAxisFieldNumber} == v1::EvaluateItem::kAxisFieldNumber);
static_assert(int{ItemFields::kOutputTypeFieldNumber} == v1::EvaluateItem::kOutputTypeFieldNumber);
static_assert(int{ItemFields::kOutputQuantizationFieldNumber} == v1::EvaluateItem::kOutputQuantizationFieldNumber);
static_assert(int{ItemFields::kOverflowFieldNumber} == v1::EvaluateItem::kOverflowFieldNumber);
static_assert(int{ItemFields::kOutputEncodingFieldNumber} == v1::EvaluateItem::kOutputEncodingFieldNumber);
static_assert(int{ItemFields::kLayoutFieldNumber} == v1::EvaluateItem::kLayoutFieldNumber);
static_assert(int{ItemFields::kGateFieldNumber} == v1::EvaluateItem::kGateFieldNumber);
static_assert(int{ItemFields::kInputFieldNumber} == v1::EvaluateItem::kInputFieldNumber);

using ResponseFields = v1::GradientResponse;
static_assert(int{ResponseFields::kResultsFieldNumber} == v1::EvaluateResponse::kResultsFieldNumber);

using ResultFields = v1::GradientResult;
static_assert(int{ResultFields::kIdFieldNumber} == v1::EvaluateResult::kIdFieldNumber);
static_assert(int{ResultFields::kStatusFieldNumber} == v1::EvaluateResult::kStatusFieldNumber);
static_assert(int{ResultFields::kBackendFieldNumber} == v1::EvaluateResult::kBackendFieldNumber);
static_assert(int{ResultFields::kComputeTimeNsFieldNumber} == v1::EvaluateResult::kComputeTimeNsFieldNumber);
static_assert(int{ResultFields::kSparseInputGradientFieldNumber} == v1::EvaluateResult::kSparseOutputFieldNumber);
static_assert(int{ResultFields::kInputGradientFieldNumber} == v1::EvaluateResult::kOutputFieldNumber);

}  // namespace actserve
