#pragma once
// Stretches become usage lines here: numbered, in UTC, and gathered per scope where memory is
// priced per epoch.

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "base/wide.h"
#include "meter/series.h"
#include "model/usage.h"

namespace epochcost::meter {

// A point on both clocks: the run's wall times are counted from it on the boot clock, so that a
// wall clock that is set moves none.
struct ClockAnchor {
  BootTime boot;
  UtcTime utc;
  [[nodiscard]] UtcTime ToUtc(BootTime at) const { return utc + (at - boot); }
};

class LineBook {
 public:
  struct Owner {
    ProjectId project;
    AgentId agent;
    BootId boot;
    RunId run;
  };
  LineBook(Owner owner, ClockAnchor anchor, bool memory_per_epoch);

  // Memory that a scope has held already, from before this meter.
  void ResumeScope(std::int32_t replica, Scope scope, Wide byte_ms, std::vector<Piece> pieces);

  // Numbers what the series says. Where memory is priced per epoch, a scope that ended is closed
  // with a line of its own.
  void Write(std::int32_t replica, Resource resource, const std::vector<SeriesEvent>& events);
  // The last that a replica says: every scope that is still open is closed.
  void CloseScopes();

  // Lines sealed since the last call.
  [[nodiscard]] std::vector<UsageLine> TakeSealed() { return std::exchange(sealed_, {}); }
  [[nodiscard]] std::int64_t LastSeq() const { return seq_; }

  struct OpenStretch {
    std::int32_t replica = 0;
    Resource resource{};
    Stretch stretch;
  };
  // The lines that sealing now would give, numbered as they would be then, with the closing lines
  // of the open scopes.
  [[nodiscard]] std::vector<UsageLine> AsIfSealed(const std::vector<OpenStretch>& open) const;

 private:
  struct Account {
    Wide byte_ms = 0;
    std::vector<Piece> pieces;
    Quality quality = Quality::kMeasured;
    SourceKind source = SourceKind::kNone;
  };
  using Accounts = std::map<std::pair<std::int32_t, Scope>, Account>;

  [[nodiscard]] UsageLine Line(std::int64_t seq, std::int32_t replica, Resource resource,
                               const Stretch& stretch) const;
  [[nodiscard]] UsageLine ClosingLine(std::int64_t seq, std::int32_t replica, Scope scope,
                                      const Account& account) const;
  void Gather(Accounts& accounts, std::int32_t replica, const Stretch& stretch) const;
  void CloseAllBut(std::int32_t replica, const std::vector<Scope>& live);

  Owner owner_;
  ClockAnchor anchor_;
  bool memory_per_epoch_;
  std::int64_t seq_ = 0;
  std::vector<UsageLine> sealed_;
  Accounts accounts_;  // of scopes that are not over
};

}  // namespace epochcost::meter
