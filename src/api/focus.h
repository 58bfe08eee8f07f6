#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "api/focus_columns.h"
#include "base/result.h"

namespace epochcost::api {

enum class FocusRows {
  kSums,   // a row per epoch or phase, replica, resource, version of the prices and month
  kLines,  // a row per line of the ledger
};

// A run's ledger as FOCUS 1.2 (FinOps Open Cost and Usage Specification), CSV. Σ BilledCost =
// Σ EffectiveCost = Σ ListCost = Σ ContractedCost = the ledger, to the nano-unit: nothing is
// discounted and nothing rounded. Loopback is no charge and has no row.
//
// Unit price × PricingQuantity meets ListCost to within one nano-unit per line, not exactly:
// amounts are cut to whole nano-units where lines end.
class FocusExport {
 public:
  // `sheets`: at least the versions that priced the run.
  FocusExport(Run run, std::vector<PriceSheet> sheets, FocusRows rows);

  // Error kNotFound: the line names a version of prices that is not among `sheets`.
  [[nodiscard]] Result<void> Add(const LedgerLine& line);
  // Header and all rows added so far.
  [[nodiscard]] std::string Csv() const;

 private:
  using Key = std::tuple<Scope, std::int32_t, Resource, std::int64_t, std::string>;
  [[nodiscard]] const PriceSheet* SheetOf(const LedgerLine& line) const;

  std::unique_ptr<const Run> run_;  // rows point at it, and the export may move
  std::vector<PriceSheet> sheets_;
  FocusRows rows_;
  std::map<Key, FocusRow> sums_;
  std::string lines_;
};

}  // namespace epochcost::api
