// What makes activations sparse: questions whose answers are the wire's own messages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/cpp/item.h"

namespace actserve::client {

// What would change if an element-wise function were replaced. Parameters are numbers.
struct SubstituteQuestion {
  std::string function;
  Tensor input = {};
  std::vector<Parameter> parameters = {};
  std::vector<std::string> candidates = {};    // the server's own choice if there are none
  std::optional<double> target_sparsity = {};  // in [0, 1)
};

// The thresholds of |f(x)|, or of |x| without a function, that reach shares of zeros in [0, 1].
struct CalibrateQuestion {
  std::string function = {};
  std::vector<Parameter> parameters = {};
  std::vector<double> targets = {};
};

}  // namespace actserve::client
