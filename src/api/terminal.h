#pragma once
// What EpochCost says in a terminal: pure text, in the current language, without a trailing
// newline.

#include <optional>
#include <string>
#include <vector>

#include "api/figures.h"
#include "api/pen.h"
#include "model/cost.h"

namespace epochcost::api {

// Two lines at the start of a run: what is metered by which sources (one phrase each, such as "CPU
// cgroup-cpu-stat ●"), and at which prices.
[[nodiscard]] std::string HeaderLines(const Run& run, const PriceSheet& sheet,
                                      const std::vector<std::string>& sources, const Style& style);

// One line for an epoch: cost, composition ("–" for what was not metered), duration, running total.
[[nodiscard]] std::string EpochLine(const Run& run, const EpochCost& epoch, const Money& run_total,
                                    const Style& style);

// Where things lie that the final block names; empty ones are left out.
struct Places {
  std::string report;
  std::string ledger;
  std::string page;  // an address
};

// The block that a run leaves at its end.
[[nodiscard]] std::string FinalBlock(const RunCost& cost, const Places& places, const Style& style);

// `runs`: newest first, with totals per currency.
[[nodiscard]] std::string RunsTable(const std::vector<RunSummary>& runs, const Style& style);

// `show`: the run, its resources (item, quantity, unit price, cost) and its epochs: all of them, or
// the first and last of `epoch_rows` with what lies between counted.
[[nodiscard]] std::string ShowText(const RunCost& cost, std::optional<std::int64_t> epoch_rows,
                                   const Style& style);

// "CPU ¥0.20/hour · memory ¥0.05/GB per epoch": the prices of a sheet, in the order of resources.
// Network in and out are one item where they cost the same.
[[nodiscard]] std::string PriceList(const PriceSheet& sheet, const Style& style);

// The formula of one epoch with its numbers filled in, two lines: Σ over replicas, and the mean per
// replica where there are several.
[[nodiscard]] std::string Formula(const RunCost& cost, const EpochCost& epoch, const Style& style);

}  // namespace epochcost::api
