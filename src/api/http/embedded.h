#pragma once
// Files that are part of the program.

#include <string_view>

namespace epochcost::embedded {

extern const std::string_view kOpenApi;

}  // namespace epochcost::embedded
