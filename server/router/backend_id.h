// Where work can be done: as a label, as the place of its metrics, and as what is asked for.
#pragma once

#include <string_view>

namespace actserve {

enum class BackendId { kCpu, kCuda };
inline constexpr BackendId kBackendIds[] = {BackendId::kCpu, BackendId::kCuda};

// What a client, or the settings, ask for.
enum class BackendChoice { kAuto, kCpu, kCuda };

constexpr std::string_view Name(BackendId id) { return id == BackendId::kCpu ? "cpu" : "cuda"; }

}  // namespace actserve
