#include "client/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace actserve::client {

bool IsTerminal(int descriptor) { return isatty(descriptor) != 0; }

int TerminalWidth(int descriptor, int fallback) {
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : fallback;
}

bool UseColor(ColorMode mode, int descriptor) {
  if (mode != ColorMode::kAuto) return mode == ColorMode::kAlways;
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if ((no_color != nullptr && *no_color != '\0') || terminal == nullptr || std::string_view(terminal) == "dumb")
    return false;
  return IsTerminal(descriptor);
}

}  // namespace actserve::client
