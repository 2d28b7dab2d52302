// The service's methods as gRPC's generated code has them.
#pragma once

#include "actserve/v1/activation.grpc.pb.h"

namespace actserve {

// The methods that carry tensors are raw: bytes are counted and admitted before they are decoded, and what cannot be
// decoded gets a message of ours. They are asynchronous, the others are not.
using RawService = v1::ActivationService::WithRawMethod_Evaluate<
    v1::ActivationService::WithRawMethod_Gradient<v1::ActivationService::WithRawMethod_EvaluateStream<
        v1::ActivationService::WithRawMethod_GradientStream<v1::ActivationService::Service>>>>;

}  // namespace actserve
