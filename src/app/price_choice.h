#pragma once

#include <string>

#include "app/context.h"
#include "base/result.h"
#include "model/price.h"

namespace epochcost::app {

// The sheet in force now: `sheet_name` of the file, or of the ledger; the file's first, or the
// catalog's reference, where no name is given. Errors: kNotFound, and those of ParseSheets.
[[nodiscard]] Result<PriceSheet> ChooseSheet(const Context& context, const std::string& file_name,
                                             const std::string& sheet_name);

}  // namespace epochcost::app
