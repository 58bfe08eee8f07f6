#pragma once
// Where every run stands, as this server last read it.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/http/views.h"
#include "base/ids.h"
#include "store/store.h"

namespace epochcost::api::http {

// A run, never changed once it is shared; a later standing is another one.
struct RunEntry {
  store::RunStanding standing;
  std::uint64_t revision = 0;  // grows with each change that this server saw
  std::optional<SpendingRate> rate;
  std::string searched;  // name, project, id and command in lower case
};
using RunEntryPtr = std::shared_ptr<const RunEntry>;

// Threads: any.
class Register {
 public:
  // Takes a standing. Returns the entry where it is new or differs from the one before, else null.
  RunEntryPtr Take(store::RunStanding standing);
  // Something else about the run changed: what was told of it is outdated.
  void Touch(const RunId& run);
  // The runs that were touched since this was last asked.
  [[nodiscard]] std::vector<RunId> TakeTouched();
  // Something in the ledger changed that is of no run: prices, budgets.
  void TouchLedger();

  [[nodiscard]] RunEntryPtr Find(const RunId& run) const;
  [[nodiscard]] std::vector<RunEntryPtr> All() const;  // in the order of the ledger
  [[nodiscard]] std::vector<RunId> Running() const;
  [[nodiscard]] std::int64_t NewestOrder() const;
  [[nodiscard]] std::uint64_t Revision() const;  // of the newest change of anything

  // What the runs of a project cost in one currency.
  [[nodiscard]] Money Spent(const ProjectId& project, Currency currency) const;

  // Whether the ledger was read at all, and if not, why.
  void SetReadiness(std::optional<Error> why_not);
  [[nodiscard]] std::optional<Error> WhyNotReady() const;

 private:
  struct Past {
    UtcTime at;
    Wide nano = 0;
  };
  mutable std::mutex mutex_;
  std::map<RunId, RunEntryPtr> runs_;
  std::map<std::int64_t, RunId> order_;
  std::map<RunId, std::vector<Past>> past_;  // of the last minute
  std::map<std::pair<ProjectId, std::string>, Wide> spent_;
  std::uint64_t revision_ = 0;
  std::vector<RunId> touched_;
  std::optional<Error> why_not_ = Error{ErrorCode::kUnavailable, "", "", ""};
};

}  // namespace epochcost::api::http
