#include "tests/docs/operators_check.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_format.h"
#include "kernels/api/registry.h"

namespace actserve::docs {
namespace {

constexpr double kDefaultAxis = -1;  // of row-wise functions

class Checker {
 public:
  std::vector<std::string> Check(const Library& library) && {
    for (const Operator& op : library.operators) CheckOperator(op);
    for (const Operator& op : library.operators) {
      for (const std::string& name : op.names) {
        if (!by_default_.contains(name)) Add(name, "is there with a 'when' only");
      }
    }
    return std::move(mistakes_);
  }

 private:
  void Add(const std::string& name, const std::string& mistake) { mistakes_.push_back(name + ": " + mistake); }

  void CheckOperator(const Operator& op) {
    const Function* function = op.function.empty() ? nullptr : FindFunction(op.function);
    const bool is_named = function == nullptr ? op.function.empty() : function->info.name == op.function;
    if (!is_named) Add(op.names[0], absl::StrFormat("'%s' is no function's name", op.function));
    for (const std::string& name : op.names) {
      if (!op.when.empty()) continue;
      if (!by_default_.insert(name).second) Add(name, "is there twice");
      if (is_named) CheckName(name, op, FindFunction(LastPart(name)), function);
    }
    if (function != nullptr) CheckParameters(op, function->info);
  }

  void CheckName(const std::string& name, const Operator& op, const Function* found, const Function* function) {
    if (function == nullptr) {
      if (found != nullptr)
        Add(name, absl::StrFormat("has become reachable: it finds %s. Say so in place of '%s'", found->info.name,
                                  op.missing.empty() ? "apart" : "missing"));
    } else if (op.differs.empty() && found != function) {
      Add(name, absl::StrFormat("finds %s, not %s", found == nullptr ? "nothing" : found->info.name, op.function));
    } else if (!op.differs.empty() && found == function) {
      Add(name, absl::StrFormat("finds %s, but is said to differ", op.function));
    }
  }

  void CheckParameters(const Operator& op, const FunctionInfo& info) {
    std::set<std::string> here;
    for (const OperatorParameter& parameter : op.parameters) {
      if (parameter.is.empty()) continue;
      if (!here.insert(parameter.is).second) Add(op.names[0], parameter.is + " is there twice");
      if (parameter.is == "axis") {
        if (info.kind == FunctionKind::kElementwise) Add(op.names[0], op.function + " has no axis");
        CheckDefault(op, parameter, kDefaultAxis);
        continue;
      }
      const auto* own = std::find_if(info.params.begin(), info.params.end(),
                                     [&](const ParamInfo& param) { return param.name == parameter.is; });
      if (own == info.params.end()) {
        Add(op.names[0], absl::StrFormat("%s has no parameter '%s'", op.function, parameter.is));
        continue;
      }
      if (!own->required) CheckDefault(op, parameter, own->fallback);
      if (parameter.default_number.value_or(own->min) < own->min ||
          parameter.default_number.value_or(own->max) > own->max)
        Add(op.names[0], absl::StrFormat("%s cannot be %s here", parameter.is, parameter.default_text));
    }
    for (const ParamInfo& param : info.params) {
      if (!here.contains(std::string(param.name)))
        Add(op.names[0], absl::StrFormat("does not say what the parameter %s of %s is there", param.name, op.function));
    }
  }

  void CheckDefault(const Operator& op, const OperatorParameter& parameter, double fallback) {
    if (!parameter.default_number) return;
    const bool is_same = *parameter.default_number == fallback;
    if (is_same == parameter.differs.empty()) return;
    Add(op.names[0],
        absl::StrFormat("%s is %s by default there and %.17g here; 'differs' %s", parameter.is, parameter.default_text,
                        fallback, is_same ? "is out of place" : "ought to say why"));
  }

  std::set<std::string> by_default_;
  std::vector<std::string> mistakes_;
};

}  // namespace

std::vector<std::string> Mistakes(const Library& library) { return Checker().Check(library); }

}  // namespace actserve::docs
