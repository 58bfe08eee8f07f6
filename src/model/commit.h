#pragma once
// What the meter hands to the store in one transaction, and what it gets back to continue from.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "model/cost.h"
#include "model/ledger_line.h"
#include "model/notice.h"
#include "model/sample.h"

namespace epochcost {

// The last reading of a counter or gauge that a commit covers: a later meter continues here.
struct Reading {
  Sample sample;
  // Gauges only: the level is known at sample.at and was linear from the reading before.
  friend bool operator==(const Reading& a, const Reading& b) {
    return a.sample.signal == b.sample.signal && a.sample.replica == b.sample.replica &&
           a.sample.value == b.sample.value && a.sample.at == b.sample.at;
  }
};

// How far a mark file was taken into account.
struct MarkOffset {
  std::string file;  // name inside the run's mark folder
  std::int64_t offset = 0;
};

// Where the run stands, for its row and for a meter that continues.
struct RunProgress {
  Scope scope;             // of replica 0, open now
  std::int64_t steps = 0;  // cumulative over the run
  std::int64_t samples = 0;
  std::optional<std::int64_t> planned_epochs;
  std::string epochs_from;
  std::vector<Scope> closed;  // scopes closed by this commit, with an end mark of their own
  // Of those, the ones whose marks counted steps: exact, over the replicas.
  std::vector<std::pair<Scope, std::int64_t>> steps_of;
};

struct Commit {
  ProjectId project;
  RunId run;
  AgentId agent;
  BootId boot;
  std::int64_t contiguous_seq = 0;  // every line up to this one has been handed over
  std::vector<LedgerLine> sealed;   // immutable from here on
  std::vector<LedgerLine> open;     // replaces this run's open lines; shown, not in the ledger
  Money provisional;                // per-epoch memory of open scopes, as if closed now
  std::vector<Reading> readings;
  std::vector<MarkOffset> mark_offsets;
  std::vector<Notice> notices;
  std::vector<MetricPoint> metrics;
  RunProgress progress;
  BootTime newest_reading;  // latency is from here to the commit's return
};

// What a new meter needs to continue a run without a hole.
struct ResumePoint {
  std::vector<Reading> readings;
  std::vector<MarkOffset> mark_offsets;
  Scope scope;
  std::int64_t steps = 0;
  std::int64_t samples = 0;
  // Open scope's memory so far, from its committed lines (for per-epoch pricing).
  Wide scope_byte_ms = 0;
  std::vector<Piece> scope_pieces;
  UtcTime last_t1;  // end of the last committed line
};

}  // namespace epochcost
