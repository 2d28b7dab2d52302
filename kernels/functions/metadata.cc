// One family's metadata; compiled once for each family. The formulas are templates that nothing here instantiates.
#include <bit>
#include <cmath>
#include <iterator>
#include <span>

#include "kernels/api/function_info.h"
#include "kernels/functions/catalog.h"
#include "kernels/math/policy.h"
#include "kernels/math/summation.h"

#define ACT_FN inline
#define ACT_DATA
#define ACT_UNROLLS false
#define ACT_LAMBDA

namespace actserve {
namespace {
// In the order of their dependence.
// clang-format off
#include "kernels/math/coefficients-inl.h"
#include "kernels/math/elementary-inl.h"
#include "kernels/math/piecewise-inl.h"
#include "kernels/math/rows-inl.h"
#include "kernels/math/simplex-inl.h"
#include "kernels/math/gated-inl.h"
#include "kernels/functions/tables-inl.h"
#include "kernels/functions/softmax_steps-inl.h"
// clang-format on
#include ACT_FAMILY_HEADER
}  // namespace

#define ACT_CONCAT_(a, b) a##b
#define ACT_CONCAT(a, b) ACT_CONCAT_(a, b)
#define ACT_INFO(Struct) Struct::kInfo,

std::span<const FunctionInfo> ACT_CONCAT(Metadata_, ACT_FAMILY)() {
  static constexpr FunctionInfo kInfos[] = {ACT_CONCAT(ACT_FAMILY_, ACT_FAMILY)(ACT_INFO)};
  return kInfos;
}

template <class F>
constexpr bool kHasValueTable = requires {
  typename F::ValueTable;
};
#define ACT_HAS_TABLE(Struct) kHasValueTable<Struct>,

std::span<const bool> ACT_CONCAT(ValueTables_, ACT_FAMILY)() {
  static constexpr bool kHave[] = {ACT_CONCAT(ACT_FAMILY_, ACT_FAMILY)(ACT_HAS_TABLE)};
  return kHave;
}

}  // namespace actserve
