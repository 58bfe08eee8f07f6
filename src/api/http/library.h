#pragma once
// Reads what runs cost, and keeps what was asked for lately.

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "api/http/ports.h"
#include "api/http/register.h"
#include "api/http/timeline.h"

namespace epochcost::api::http {

// Threads: any; a reader waits for nobody but the disk, and for one who reads the same run.
class Library {
 public:
  // `later` runs a job in another thread, at once or some time.
  using Later = std::function<void(std::function<void()>)>;
  Library(const Ports& ports, Register& runs, Later later)
      : ports_(ports), runs_(runs), later_(std::move(later)) {}

  // The run's cost with what was billed, at the entry's revision; of a run that goes on it may be
  // older by up to four times what reading it takes.
  [[nodiscard]] Result<std::shared_ptr<const RunCost>> CostOf(const RunEntry& entry);

  struct Shown {
    std::shared_ptr<const Timeline> line;
    bool is_of_lines = true;  // false: of epochs and phases, while the lines are being read
  };
  [[nodiscard]] Result<Shown> TimelineOf(const RunEntry& entry);

  // Calls `use` with a store of its own.
  template <class Use>
  auto With(Use&& use) -> decltype(use(std::declval<store::Store&>())) {
    auto ledger = Borrow();
    if (!ledger) return tl::unexpected(ledger.error());
    auto result = use(**ledger);
    // After an error nobody knows in which state the connection is.
    if (result) GiveBack(*std::move(ledger));
    return result;
  }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct KeptCost {
    std::mutex reading;
    std::uint64_t revision = 0;
    SteadyTime at;
    std::chrono::nanoseconds took{};
    std::shared_ptr<const RunCost> cost;
  };
  struct KeptLine {
    std::mutex reading;
    std::uint64_t revision = 0;
    SteadyTime at;
    std::chrono::nanoseconds took{};
    store::AmountCursor cursor;
    std::vector<store::PostedAmount> amounts;
    std::shared_ptr<const Timeline> line;
  };

  [[nodiscard]] Result<std::unique_ptr<store::Store>> Borrow();
  void GiveBack(std::unique_ptr<store::Store> ledger);
  template <class Kept>
  std::shared_ptr<Kept> KeptOf(std::list<std::pair<RunId, std::shared_ptr<Kept>>>& shelf,
                               const RunId& run, std::size_t most);
  Result<std::shared_ptr<const Timeline>> ReadLine(const RunEntry& entry, KeptLine& kept);

  const Ports& ports_;
  Register& runs_;
  Later later_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<store::Store>> idle_;
  std::list<std::pair<RunId, std::shared_ptr<KeptCost>>> costs_;  // the last used first
  std::list<std::pair<RunId, std::shared_ptr<KeptLine>>> lines_;
  std::set<RunId> being_read_;
};

}  // namespace epochcost::api::http
