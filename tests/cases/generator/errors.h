// Requests that are wrong, and what the server is to say of them.
#pragma once

#include "tests/cases/case.pb.h"

namespace actserve::cases {

File Errors();

}  // namespace actserve::cases
