#pragma once
// A row of catalog/models as the shape of its family. Private to the built-in models.

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "estimate/graph/graph.h"
#include "estimate/graph/models.h"
#include "estimate/toml_table.h"

namespace epochcost::estimate {

// "transformer", "resnet" …: the tables that a file of models can have.
[[nodiscard]] std::vector<std::string_view> FamilyNames();

// What every row has: name, title, aliases, parameters, source, date.
[[nodiscard]] ModelInfo ReadInfo(TableReader& reader, const toml::table& table);

// Errors: kInvalidInput for a key or value that cannot be, or an option that this family lacks.
[[nodiscard]] Result<Graph> BuildFromTable(const ModelInfo& info, const toml::table& table,
                                           std::string_view file, const ModelOptions& options);

}  // namespace epochcost::estimate
