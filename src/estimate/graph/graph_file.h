#pragma once
// A traced model: the operators that `ciuic_sdk.describe` saw, with their shapes. sdk/python has
// every field. The file says what was computed, this program counts it.

#include <string_view>

#include "base/result.h"
#include "estimate/graph/graph.h"

namespace epochcost::estimate {

// Errors: kInvalidInput with the operator's place (no JSON, another schema_version, an unknown op
// or field with the nearest, a size below 1, no operators), kOverflow.
[[nodiscard]] Result<Graph> ReadGraphFile(std::string_view json, std::string_view file);

}  // namespace epochcost::estimate
