#pragma once

#include <string>

#include "app/context.h"
#include "model/cost.h"

namespace epochcost::app {

// The run that a person means: by id, prefix, name, or "" for the latest. Error kNotFound says how
// to list runs, and which name was probably meant.
[[nodiscard]] Result<Run> ChooseRun(store::Store& ledger, const std::string& text);

// Its cost with what is billed and idle.
[[nodiscard]] Result<RunCost> CostOf(const Context& context, store::Store& ledger, const Run& run);

// Opens the ledger, and does both.
[[nodiscard]] Result<RunCost> CostOfChoice(const Context& context, const std::string& text);

// Writes `text` to `path`, "-" being stdout: whole, or not at all. Error kIo with the reason.
[[nodiscard]] Result<void> WriteWhole(const std::string& path, const std::string& text);

}  // namespace epochcost::app
