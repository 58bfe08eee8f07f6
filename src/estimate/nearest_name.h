#pragma once
// Names of the catalog, found as people type them.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace epochcost::estimate {

// "A100 SXM_80gb" and "a100-sxm-80GB" are one name: small letters, without '-', '_' and ' '.
[[nodiscard]] std::string FoldedName(std::string_view name);

struct KnownName {
  std::string folded;
  std::string shown;  // the thing's own name, also of an alias
};

// kNotFound: what there is, and as a hint the name that was probably meant: one that begins so, or
// the nearest.
[[nodiscard]] Error NameNotFound(std::string what, std::string_view name,
                                 const std::vector<KnownName>& known);

}  // namespace epochcost::estimate
