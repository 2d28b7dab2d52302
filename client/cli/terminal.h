// What is known of the terminal.
#pragma once

namespace actserve::client {

// Whether the stream (1 output, 2 error) is a terminal.
bool IsTerminal(int descriptor);

// Its columns, or `fallback` where it is none.
int TerminalWidth(int descriptor, int fallback);

enum class ColorMode { kAuto, kAlways, kNever };

// kAuto: a terminal, unless the environment has NO_COLOR (https://no-color.org) or a dumb one.
bool UseColor(ColorMode mode, int descriptor);

}  // namespace actserve::client
