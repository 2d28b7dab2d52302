#include "server/wire/tensor.h"

#include "kernels/api/status.h"
#include "server/wire/enums.h"

namespace actserve {

absl::StatusOr<InputView> ToView(const WireTensor& tensor) {
  const absl::StatusOr<DataType> type = FromWire(tensor.data_type);
  if (!type.ok()) return UnderField("data_type", type.status());
  const absl::StatusOr<Shape> shape = Shape::Make({tensor.shape.data(), tensor.shape.size()});
  if (!shape.ok()) return shape.status();
  if (absl::Status status = CheckByteCount(*type, *shape, tensor.bytes); !status.ok()) return status;
  InputView view(*type, *shape, tensor.chunks, tensor.begin);
  if (tensor.quantization) view.quantization = ToView(*tensor.quantization);
  return view;
}

}  // namespace actserve
