#pragma once
// Sums of a run's lines: read from the accounts, and put together for people.

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "model/cost.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/run_table.h"

namespace epochcost::store::sqlite {

class SumTable {
 public:
  // The order of adding changes nothing: the source is that of the latest t1 (of several, the last
  // in SourceKind's order).
  void Add(const SumRow& row);
  // By replica, scope and resource.
  [[nodiscard]] std::vector<SumRow> Rows() const;

 private:
  std::map<std::tuple<std::int32_t, Scope, Resource>, SumRow> rows_;
};

// What is in the ledger.
void AddCommitted(Connection& connection, const RunEntry& run, SumTable& table);
// What is not yet: the open lines.
void AddOpen(Connection& connection, const RunEntry& run, SumTable& table);

// The run's epochs, phases, replicas, resources and total, in that run's currency.
[[nodiscard]] RunCost AddUp(const Run& run, const std::vector<SumRow>& rows);

}  // namespace epochcost::store::sqlite
