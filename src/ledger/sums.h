#pragma once
// Lines added up, and the law that nothing is lost in adding.

#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "model/cost.h"
#include "model/ledger_line.h"

namespace epochcost::ledger {

// Adds lines into rows, as the store does. The order of adding changes only which line's source a
// row shows: that of the latest t1.
class Sums {
 public:
  void Add(const LedgerLine& line);
  // By replica, scope and resource.
  [[nodiscard]] std::vector<SumRow> Rows() const;

 private:
  std::map<std::tuple<std::int32_t, Scope, Resource>, SumRow> rows_;
};

// Rows added up into epochs, phases, replicas, resources and the total, in the run's currency. What
// rows do not know (marks, metrics, notices, billing) is left at its default.
[[nodiscard]] RunCost AddUp(const Run& run, std::span<const SumRow> rows);

// Σ epochs + Σ phases = Σ replicas = Σ resources = total, in money and in every resource's
// quantity, and each part is the sum of its own resources. Error kCorrupt names the first two that
// differ.
[[nodiscard]] Result<void> CheckConservation(const RunCost& cost);

}  // namespace epochcost::ledger
