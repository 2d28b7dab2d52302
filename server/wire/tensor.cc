#include "server/wire/tensor.h"

#include "kernels/api/status.h"
#include "server/wire/data_type.h"

namespace actserve {

absl::StatusOr<TensorView> ToView(const WireTensor& tensor) {
  const absl::StatusOr<DataType> type = FromWire(tensor.data_type);
  if (!type.ok()) return UnderField("data_type", type.status());
  const absl::StatusOr<Shape> shape = Shape::Make(tensor.shape);
  if (!shape.ok()) return shape.status();
  if (absl::Status status = CheckByteCount(*type, *shape, tensor.data.size()); !status.ok()) return status;
  return TensorView{*type, *shape, tensor.data.data()};
}

}  // namespace actserve
