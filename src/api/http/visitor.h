#pragma once

#include <optional>
#include <string>

#include "base/ids.h"

namespace epochcost::api::http {

// Who asks.
struct Visitor {
  std::optional<ProjectId> project;  // the only one that may be seen; nothing: all
  std::string csrf;                  // what a POST must carry; empty for a bearer token
  bool is_known = false;
};

}  // namespace epochcost::api::http
