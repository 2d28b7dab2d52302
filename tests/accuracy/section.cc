#include "tests/accuracy/section.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "tests/kernels/inputs.h"
#include "tests/oracle/format.h"

namespace actserve::accuracy {
namespace {

constexpr size_t kThinning = 4;

int LargestExponent(const oracle::Gated& f, DataType type) {
  return type == DataType::kF64 ? f.f64_exponents - 1 : oracle::FormatOf(type).max_exponent;
}

std::vector<double> LinearOperands(const oracle::Gated& f, DataType type) {
  const oracle::Format format = oracle::FormatOf(type);
  const int most = LargestExponent(f, type);
  const int exponents[] = {0,
                           4,
                           -3,
                           most,
                           format.min_exponent,
                           most / 2,
                           format.min_exponent - format.precision / 2,  // subnormal
                           1,
                           format.min_exponent / 2};
  constexpr auto kCount = static_cast<double>(std::size(exponents));
  testing::Random random(1);
  std::vector<double> operands = {1};
  for (const int exponent : exponents) {
    const double mantissa = 1 + (static_cast<double>(operands.size() - 1) + random.Uniform(0, 1)) / kCount;
    const int sign = operands.size() % 2 == 0 ? -1 : 1;
    operands.push_back(oracle::Round(sign * std::ldexp(std::min(mantissa, 1.99), exponent), type));
  }
  return operands;
}

std::vector<double> Gates(const oracle::Reference& reference, DataType type) {
  std::vector<double> gates = testing::MixedValues(2, 2);
  if (!reference.points.empty()) {
    for (const double point : {reference.points.front(), reference.points.back()}) {
      gates.push_back(oracle::Round(point, type));
    }
  }
  return gates;
}

}  // namespace

std::string Section::Describe(Direction direction) const {
  const char* const name = varied == Operand::kGate ? "u" : "g";
  const char* const gradient = direction == Direction::kEvaluate ? "" : by == Operand::kGate ? "; by g" : "; by u";
  return absl::StrFormat("%s = %a%s", name, held, gradient);
}

std::vector<Section> SectionsOf(const oracle::Reference& reference, Direction direction, DataType type,
                                bool is_default) {
  std::vector<Section> sections;
  for (const double u : LinearOperands(*reference.gated, type)) sections.push_back({Operand::kGate, u});
  for (const double g : Gates(reference, type)) sections.push_back({Operand::kLinear, g});
  std::vector<Section> some;
  for (size_t i = 0; i < sections.size(); i += kThinning) some.push_back(sections[i]);
  if (!is_default) sections = some;
  if (direction == Direction::kEvaluate) return sections;
  // The linear operand matters little, if at all, for the gradient by itself.
  for (Section& section : some) section.by = Operand::kLinear;
  sections.insert(sections.end(), some.begin(), some.end());
  return sections;
}

}  // namespace actserve::accuracy
