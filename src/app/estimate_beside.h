#pragma once
// An estimate and the metered cost of a run, as two columns of one report.

#include <optional>
#include <string>
#include <vector>

#include "api/pen.h"
#include "base/money.h"
#include "base/result.h"
#include "model/cost.h"
#include "model/estimate.h"

namespace epochcost::app {

// A term of an epoch, over all replicas.
struct BesideRow {
  Term term = Term::kGpu;
  std::optional<Money> estimated;  // absent: the estimate has no such term
  std::optional<Money> metered;    // the mean over the run's complete epochs; absent: not metered
};

// What is done beside the epochs: setup once, all else on average over an epoch.
struct BesidePhase {
  ScopeKind kind = ScopeKind::kSetup;
  std::optional<Money> estimated;  // absent: nobody asked for it
  std::optional<Money> metered;
};

struct Beside {
  std::string run_id;
  std::string run_name;
  std::int64_t epochs = 0;  // complete ones, over which the metered column is the mean
  std::vector<BesideRow> rows;
  std::vector<BesidePhase> phases;
  Money estimated;
  Money estimated_low;
  Money estimated_high;
  Money metered;
  double estimated_hours = 0;  // of an epoch, on the wall
  double metered_hours = 0;
  bool is_within = false;  // the metered epoch lies in the estimate's interval
};

// Amounts are rounded to nano-units once, per row. Errors: kUnavailable (no epoch of the run is
// complete), kConflict (the run was priced in another currency).
[[nodiscard]] Result<Beside> SetBeside(const PricedEstimate& priced, const RunCost& run);

[[nodiscard]] std::string BesideText(const Beside& beside, const api::Style& style);
// One object: "beside" of an estimate's JSON (docs/json.md).
[[nodiscard]] std::string BesideJson(const Beside& beside);

}  // namespace epochcost::app
