#pragma once
// Follows the ledger in a thread of its own: asks whether anything was committed, reads where runs
// stand, tells it.

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "api/http/events.h"
#include "api/http/ports.h"
#include "api/http/register.h"

namespace epochcost::api::http {

class Follower {
 public:
  // A run is told at most twice a second; the ledger is asked every `interval`.
  Follower(const Ports& ports, Register& runs, EventLog& events,
           std::chrono::milliseconds interval = std::chrono::milliseconds{50});
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Reads everything once; afterwards the register is filled, or says why not.
  void ReadNow();
  void Start();
  void Stop();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Told {
    SteadyTime at;
    std::uint64_t revision = 0;
    std::int64_t closed_epochs = 0;
    std::int64_t notices = 0;
  };

  void Loop();
  void Look();
  [[nodiscard]] Result<void> Read(store::Store& ledger);
  void Take(store::RunStanding standing);
  Told& ToldOf(const RunEntry& entry);
  void TellDue();
  void Tell(const RunEntry& entry, Told& told);
  void TellEpochsAndAlerts(const RunEntry& entry, const Told& before);
  std::optional<Money> BilledOf(const RunEntry& entry);

  const Ports& ports_;
  Register& runs_;
  EventLog& events_;
  std::chrono::milliseconds interval_;
  std::unique_ptr<store::Store> ledger_;
  std::optional<std::int64_t> version_;
  bool is_first_ = true;
  std::map<RunId, Told> told_;  // of runs that changed since the server began
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool is_stopped_ = false;
  std::thread thread_;
};

}  // namespace epochcost::api::http
