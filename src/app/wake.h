#pragma once
// The socket at which a writer of marks knocks, so that the meter reads at once. A datagram carries
// nothing: what was marked is in the file.

#include <string>

namespace epochcost::app {

// Binds it, non-blocking, readable by its owner alone. -1 where that cannot be: marks then wait for
// the next period. A path longer than a socket address holds is reached through its folder.
[[nodiscard]] int OpenWakeSocket(const std::string& path);

// Never waits; nobody listening is no error.
void Wake(const std::string& path);

}  // namespace epochcost::app
