#pragma once
// Between the pipeline and the store: prices lines, and sees to it that a ledger that cannot be
// written for a while costs nothing but time.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/run_file.h"
#include "base/result.h"
#include "meter/meter.h"
#include "model/commit.h"
#include "store/store.h"
#include "tariff/price_book.h"

namespace epochcost::app {

// What came of one attempt to commit.
struct Kept {
  store::Receipt receipt;
  std::vector<LedgerLine> sealed;  // what is now in the ledger and was not before
  std::vector<Scope> closed;
  // The run's total without memory priced per epoch of scopes that are still open: such a scope
  // costs as much in its first second as in its last.
  Money booked;
};

class Keeper {
 public:
  // Opens the ledger that the order names and begins the run in it. A ledger that is corrupt, of a
  // newer version or not ours to write is left alone: the run is kept in a ledger of its own, in
  // its folder, and a notice says so. Error: neither can be opened.
  static Result<Keeper> Open(const RunOrder& order, const RunFolder& folder);

  [[nodiscard]] const std::string& Path() const { return path_; }
  [[nodiscard]] Result<std::optional<ResumePoint>> Resume() { return store_->Resume(run_.id); }

  // Whether a price changed since the last call, by any process. The new prices hold from here on.
  [[nodiscard]] bool PricesChanged();
  [[nodiscard]] Result<PriceSheet> SheetAt(UtcTime time) const;

  // Prices the harvest and commits it with everything that an earlier failure left over. Error
  // kUnavailable: nothing was written, and nothing is lost either; call again.
  Result<Kept> Commit(const BootId& boot, meter::Harvest harvest, std::vector<MarkOffset> offsets);

  // Gives up on the ledger and continues in one of the run's own, with what has not been committed.
  Result<void> FallBack(const std::string& why);

  // From here on the run, with what it cost so far, is the project's.
  Result<void> MoveTo(const ProjectId& project);
  [[nodiscard]] const ProjectId& InProject() const { return run_.project; }
  Result<void> PutProject(const Project& project) { return store_->PutProject(project); }
  Result<void> End(UtcTime ended, RunState state, std::optional<int> exit_code) {
    return store_->EndRun(run_.id, ended, state, exit_code);
  }
  [[nodiscard]] store::Store& Ledger() { return *store_; }
  // Things to be told that came up here; they travel with the next commit.
  void Tell(Notice notice) { untold_.push_back(std::move(notice)); }

 private:
  Keeper(RunOrder order, RunFolder folder)
      : order_(std::move(order)), folder_(std::move(folder)), run_(order_.run) {}
  Result<void> OpenStore(const std::string& path);
  Result<void> LoadPrices();
  std::vector<LedgerLine> Price(const std::vector<UsageLine>& lines);
  void Merge(epochcost::Commit&& commit);

  RunOrder order_;
  RunFolder folder_;
  Run run_;
  std::string path_;
  std::unique_ptr<store::Store> store_;
  std::optional<tariff::PriceBook> prices_;
  std::int64_t revision_ = -1;
  std::optional<epochcost::Commit> waiting_;  // what has not been committed yet
  std::vector<Notice> untold_;
  std::array<bool, kResourceCount> told_unpriced_{};
};

}  // namespace epochcost::app
