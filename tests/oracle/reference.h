// What a function's results ought to be: an independent definition of each function, the bounds that its kernels have
// to keep, and the inputs that deserve a closer look. Data for every test of kernels/.
//
// A family of functions (kernels/functions/catalog.h) has its references in reference_<family>.cc, which defines
// actserve::oracle::<family>::References(). Nothing else under tests/ changes when a function is added.
#pragma once

#include <cmath>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tests/oracle/real.h"

namespace actserve::oracle {

// A value for each parameter, in the metadata's order: one number, or one for each segment. Already rounded to the type
// that the kernel computes in.
using Setting = std::vector<std::vector<double>>;

// Functions of one number: element-wise ones, and per-channel ones with the parameters of one channel. `x` is finite.
struct Pointwise {
  Real (*value)(const Real& x, const Setting& p);
  Real (*derivative)(const Real& x, const Setting& p);
  // By parameter `which`, at `segment`; null where nothing is learnable.
  Real (*param_derivative)(const Real& x, const Setting& p, size_t which, size_t segment) = nullptr;
  // Where the result is a sum that may cancel: the sum of its terms' magnitudes, or 0 where no relaxation is due. The
  // error may then reach the bound in ULP of this, too. Null: never.
  Real (*value_terms)(const Real& x, const Setting& p) = nullptr;
  Real (*derivative_terms)(const Real& x, const Setting& p) = nullptr;
};

// Functions of a row. Rows are not empty; inputs may be `nothing`, but not all of them.
struct Rowwise {
  std::vector<Real> (*value)(std::span<const double> x, const Setting& p);
  // The vector-Jacobian product: sum over i of upstream[i] * dy[i]/dx[j], for each j.
  std::vector<Real> (*product)(std::span<const double> x, std::span<const double> upstream, const Setting& p);
  // The same sum over magnitudes: how far terms cancel in `product`. The bound in ULP holds for this.
  std::vector<Real> (*product_terms)(std::span<const double> x, std::span<const double> upstream, const Setting& p);
  // As Pointwise::value_terms. Null: never.
  std::vector<Real> (*value_terms)(std::span<const double> x, const Setting& p) = nullptr;
  // The gradient of parameter `which`: sum over i of upstream[i] * dy[i]/dp, and how far terms cancel in it. Null where
  // nothing is learnable.
  Real (*param_product)(std::span<const double> x, std::span<const double> upstream, const Setting& p,
                        size_t which) = nullptr;
  Real (*param_product_terms)(std::span<const double> x, std::span<const double> upstream, const Setting& p,
                              size_t which) = nullptr;
  // The infinite input that has no share in its row. The other one, or nothing but this, makes the row NaN.
  double nothing = -HUGE_VAL;
};

// Functions of a linear operand and a gate, both finite.
struct Gated {
  Real (*value)(const Real& u, const Real& g, const Setting& p) = nullptr;
  Real (*by_linear)(const Real& u, const Real& g, const Setting& p) = nullptr;
  Real (*by_gate)(const Real& u, const Real& g, const Setting& p) = nullptr;
  // By parameter `which`; null where nothing is learnable.
  Real (*param_derivative)(const Real& u, const Real& g, const Setting& p, size_t which) = nullptr;
  // As Pointwise::derivative_terms, of by_gate. Null: never.
  Real (*by_gate_terms)(const Real& u, const Real& g, const Setting& p) = nullptr;
  bool is_linear = true;  // in u: else NaN there makes a NaN of by_linear, too
  // Linear operands of f64, and their products with upstreams, are below 2^this: of larger ones, gates that are so far
  // out that their activation counts as zero could be told from such.
  int f64_exponents = 930;
};

// In units of the last place of the type that is computed in. A narrower output adds the half unit of its rounding.
struct Bound {
  double f32;
  double f64;
  // Of f16 and bf16, in their own units, where inputs have that type too. 0.5 is a correct rounding.
  double narrow = 0.5;
};

struct Reference {
  std::string_view name;
  std::vector<std::string_view> params = {};  // as the metadata names them
  // The parameters to test with: first the defaults (or, where a parameter is required, an example).
  std::vector<Setting> settings;
  std::optional<Pointwise> pointwise = {};  // one of the three
  std::optional<Rowwise> rowwise = {};
  std::optional<Gated> gated = {};
  Bound value = {1, 1};
  Bound gradient = {1, 1};
  Bound param_gradient = {4, 4};
  // Inputs, of gated functions gates, around which both directions are tested densely, for every type: roots, extrema,
  // tails, overflow edges.
  std::vector<double> points = {};
};

// Every reference there is, and one by name (null if there is none).
std::span<const Reference> References();
const Reference* FindReference(std::string_view name);

}  // namespace actserve::oracle
