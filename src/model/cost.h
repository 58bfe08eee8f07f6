#pragma once
// Sums of lines: what a person sees.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "base/wide.h"
#include "model/notice.h"
#include "model/run.h"
#include "model/vocabulary.h"

namespace epochcost {

// The sum of lines of one resource. `source` is that of the last line, `quality` the worst.
struct ResourceSum {
  Wide quantity = 0;  // base units; closing lines add none
  Wide amount_nano = 0;
  std::int64_t lines = 0;
  Quality quality = Quality::kMeasured;
  SourceKind source = SourceKind::kNone;
};

// By Resource. Absent: no line, so it was not metered — shown "–", which is not 0.
using ResourceSums = std::array<std::optional<ResourceSum>, kResourceCount>;

// One row of the ledger's sums, as the store keeps it.
struct SumRow {
  std::int32_t replica = 0;
  Scope scope;
  Resource resource{};
  ResourceSum sum;
  UtcTime t0;  // of the earliest line
  UtcTime t1;  // of the latest
  Nanos held;  // Σ (t1 − t0) of usage lines
};

// One epoch or phase of one run, over the replicas that contributed. The formula with its numbers.
struct EpochCost {
  Scope scope;
  UtcTime t0;  // window over the replicas: [min, max]
  UtcTime t1;
  Nanos held;                 // time in the scope, the mean over replicas
  bool is_open = false;       // lines may still come
  bool is_complete = true;    // false: the program ended or closed before the epoch's own end mark
  std::int64_t replicas = 0;  // N_replicas: those that contributed
  std::int64_t steps = 0;
  ResourceSums sums;
  Money total;        // Σ over resources
  Money provisional;  // memory priced per epoch, as if the scope closed now; not part of total
};

struct ReplicaCost {
  std::int32_t replica = 0;
  ResourceSums sums;
  Money total;
};

struct MetricPoint {
  std::int64_t epoch = 0;
  std::string name;
  double value = 0;
  UtcTime at;
};

// Everything that the ledger knows of a run. Σ epochs + Σ phases = Σ replicas = Σ resources =
// total.
struct RunCost {
  Run run;
  std::vector<EpochCost> epochs;  // by index
  std::vector<EpochCost> phases;  // by kind and index
  std::vector<ReplicaCost> replicas;
  ResourceSums sums;
  Money total;        // used, committed and open
  Money provisional;  // beyond total, until the open scope closes
  Money billed;
  Money idle;  // billed − used; may be negative, then it is shown with a warning
  std::vector<MetricPoint> metrics;
  std::vector<Notice> notices;
  std::vector<PriceSheet> sheets;  // the versions that priced it
};

}  // namespace epochcost
