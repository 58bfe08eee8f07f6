#pragma once
// Noun → JSON, in this one place. docs/json.md documents every field.
//
// Every quantity is an integer in base units with its unit in the name. An integer beyond 2⁵³ is a
// string of digits, because most readers of JSON would round it (docs/adr/0005-json-integers.md).
// What was not metered is null, which is not 0. Each function returns one line without a newline.

#include <string>
#include <vector>

#include "api/figures.h"
#include "model/cost.h"
#include "model/ledger_line.h"
#include "model/notice.h"
#include "model/price.h"

namespace epochcost::api {

// `show --json` and `report --format json`.
[[nodiscard]] std::string CostJson(const RunCost& cost);

// One epoch or phase as a line of a stream: {"schema_version":1,"type":"epoch","run_id":…, …}.
// `run_total` is the run's total when this was told.
[[nodiscard]] std::string EpochJson(const Run& run, const EpochCost& epoch, const Money& run_total);

// {"schema_version":1,"runs":[…],"totals":[{"currency":…,"amount_nano":…}]}
[[nodiscard]] std::string RunsJson(const std::vector<RunSummary>& runs);

// {"schema_version":1,"type":"ledger_line", …}
[[nodiscard]] std::string LineJson(const LedgerLine& line);

// {"schema_version":1,"type":"notice", …}
[[nodiscard]] std::string NoticeJson(const Notice& notice);

// {"schema_version":1,"prices":[…]}
[[nodiscard]] std::string SheetsJson(const std::vector<PriceSheet>& sheets);

// An error as an object, for `--json`: {"schema_version":1,"error":{"what":…,"why":…,"hint":…}}
[[nodiscard]] std::string ErrorJson(const Error& error);

}  // namespace epochcost::api
