#include "tests/cases/generator/encodings.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "tests/cases/generator/messages.h"
#include "tests/cases/generator/plan.h"
#include "tests/cases/generator/verify.h"
#include "tests/kernels/inputs.h"

namespace actserve::cases {
namespace {

using testing::Tensor;

absl::Status Add(const Planned& planned, const std::string& encoding, File& file) {
  const testing::Answer answer = AnswerTo(planned);
  if (const std::string failures = Verify(planned.problem, answer); !failures.empty()) {
    return absl::InternalError(absl::StrFormat("%s: %s", planned.name, failures));
  }
  Case& added = *file.add_cases();
  added.set_name(absl::StrFormat("%s of %s, %s", planned.name, planned.function, encoding));
  added.set_call(planned.problem.direction == Direction::kEvaluate ? "evaluate" : "gradient");
  Item& item = *added.add_items() = ItemOf(planned);
  item.set_output_encoding(encoding);
  *added.add_results() = ResultOf(planned, answer);
  return absl::OkStatus();
}

// Of each four elements that many are above 0, in places that change.
Tensor OfFour(DataType type, int above) {
  Tensor tensor = Tensor::Of(type, testing::MakeShape({3, 44}), testing::MixedValues(3 * 44, 7));
  testing::Random random(8);
  for (int64_t group = 0; group < tensor.elements(); group += 4) {
    const int64_t first = random.Below(4), step = random.Below(2) == 0 ? 1 : 3;
    for (int64_t i = 0; i < 4; ++i) {
      const int64_t at = group + (first + i * step) % 4;
      const double magnitude = std::abs(tensor[at]) + 0.5;
      tensor.Set(at, i < above && random.Below(8) != 0 ? magnitude : -magnitude);
    }
  }
  return tensor;
}

Planned ReluOf(Tensor input, Direction direction) {
  testing::Problem problem{FindFunction("relu"), direction, std::move(input)};
  if (direction == Direction::kGradient) {
    problem.upstream =
        Tensor::Of(problem.input.type(), problem.input.shape(), testing::MixedValues(problem.input.elements(), 9));
  }
  const std::string name = direction == Direction::kEvaluate ? "evaluate" : "gradient";
  return {absl::StrFormat("%s two of four, %s", name, Name(problem.input.type())), std::move(problem)};
}

Case Misfit() {
  Tensor input(DataType::kF32, testing::MakeShape({2, 4}));
  for (const int64_t i : {1, 4, 5, 7}) input.Set(i, 2);
  Case c;
  c.set_name("an output that is not two of four");
  c.set_call("evaluate");
  Item& item = *c.add_items();
  item.set_function("relu");
  item.set_output_encoding("two_four");
  *item.mutable_input() = ToMessage(input);
  Error& error = *c.add_results()->mutable_error();
  error.set_code("INVALID_ARGUMENT");
  error.set_field("items[0].output_encoding");
  error.set_message("the group of four from [1, 0] on has more than two elements that are not zero");
  return c;
}

}  // namespace

absl::StatusOr<File> Encodings() {
  File file;
  for (const char* function : {"relu", "prelu", "sparsemax", "silu"}) {
    bool is_bitmap = false;
    for (const Planned& planned : PlanOf(*FindFunction(function))) {
      is_bitmap = !is_bitmap && !IsQuantized(planned.problem.output_type);
      if (absl::Status status = Add(planned, is_bitmap ? "bitmap" : "auto", file); !status.ok()) return status;
    }
  }
  for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
    for (const DataType type : kWideTypes) {
      for (const char* encoding : {"two_four", "auto"}) {
        absl::Status status = Add(ReluOf(OfFour(type, 2), direction), encoding, file);
        if (!status.ok()) return status;
      }
    }
  }
  *file.add_cases() = Misfit();
  return file;
}

}  // namespace actserve::cases
