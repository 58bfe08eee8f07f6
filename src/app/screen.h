#pragma once

#include "api/pen.h"

namespace epochcost::app {

// How stdout is to be written to. Colours on a terminal only, and not where NO_COLOR is set or TERM
// is dumb; FORCE_COLOR asks for them anywhere. ASCII where the locale is not UTF-8, on the Linux
// console, or where `plain` is asked for.
[[nodiscard]] api::Style StyleOfStdout(bool plain);

}  // namespace epochcost::app
