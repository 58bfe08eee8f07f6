#pragma once
// What `run` and `meter --attach` have in common: from words of a person to the order of a run.

#include <string>
#include <vector>

#include "app/context.h"
#include "app/run_file.h"
#include "model/vocabulary.h"

namespace epochcost::app {

// What a person may say about a run, as it was said.
struct Wishes {
  std::string project;  // empty: the program's SDK may name one, else "default"
  std::string name;
  std::string prices;    // path of a TOML file
  std::string sheet;     // name of a sheet
  std::string budget;    // a decimal number
  std::string currency;  // of the budget; empty: the sheet's
  double threshold = 0.8;
  double hz = 10;
  std::int64_t epochs = 0;  // planned; 0: not said
  std::string source;       // comma separated
};

// The sources that an order's comma-separated names mean; they were checked when it was made.
[[nodiscard]] std::vector<SourceKind> ForcedSources(const std::string& names);

// Whether the command is a launcher of ranks (torchrun, mpirun, …), whose own use is no rank's.
[[nodiscard]] bool StartsRanks(const std::vector<std::string>& command);

// All sheets of a file. Errors as tariff::ParseSheets, and kNotFound.
[[nodiscard]] Result<std::vector<PriceSheet>> ReadSheets(const std::string& path);

// Records the sheets as the newest versions of theirs; those that are recorded already are left as
// they are. What was recorded is in `sheets` afterwards, with its version.
[[nodiscard]] Result<void> RecordSheets(store::Store& ledger, std::vector<PriceSheet>& sheets);

// The order of a new run of this machine that begins now. Makes the data home; a place other than
// the usual one is a notice. Errors name what was wished and cannot be.
[[nodiscard]] Result<RunOrder> MakeOrder(Context& context, const Wishes& wishes,
                                         std::vector<std::string> command);

}  // namespace epochcost::app
