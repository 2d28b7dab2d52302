// Where work can be done: as a label, and as the place of its metrics.
#pragma once

#include <string_view>

namespace actserve {

enum class BackendId { kCpu, kCuda };
inline constexpr BackendId kBackendIds[] = {BackendId::kCpu, BackendId::kCuda};

constexpr std::string_view Name(BackendId id) { return id == BackendId::kCpu ? "cpu" : "cuda"; }

}  // namespace actserve
