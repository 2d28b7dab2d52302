#include "client/cpp/wire.h"

#include <string>

#include "absl/strings/str_format.h"
#include "proto/enums.h"

namespace actserve::client {

absl::Status Nonsense(std::string what) { return absl::InternalError("the server's answer makes no sense: " + what); }

absl::StatusOr<DataType> FromWire(int type) {
  for (const DataType known : kDataTypes) {
    if (ToWire(known) == type) return known;
  }
  return Nonsense(absl::StrFormat("data type %d", type));
}

}  // namespace actserve::client
