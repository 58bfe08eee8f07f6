#pragma once
// The small process that stands between the person and the training: starts it, carries its output,
// passes signals, reaps it, and keeps a meter running beside it. It holds no database and no kernel
// object that could fail; whatever happens to the meter, the training goes on.

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/child.h"
#include "app/control.h"
#include "app/relay.h"
#include "base/time.h"
#include "probe/handle_set.h"

namespace epochcost::app {

struct SupervisorPlan {
  ChildPlan child;                         // its descriptors are filled in here
  std::vector<std::string> meter_command;  // argv of the meter without what the supervisor adds
  std::string meter_log;                   // the meter's stdout and stderr
  // Makes the kernel count before the training executes, in a process of its own that may take its
  // time to load and ends with it. Returns what is to be held open. May be empty.
  std::function<probe::HandleSet(const Child& child)> count_first;
  // Sees what the training prints (stream 0 or 1), e.g. to recognise epochs. May be empty.
  std::function<void(int stream, std::string_view bytes)> look;
  // Called when the training has ended and all it printed was carried. May be empty.
  std::function<void(int exit_code)> ended;
};

struct SupervisorOutcome {
  int exit_code = 0;            // the training's; 126 or 127 where it never ran
  bool meter_finished = false;  // the ledger has everything
  std::optional<Error> not_started;
};

class Supervisor {
 public:
  explicit Supervisor(SupervisorPlan plan) : plan_(std::move(plan)) {}
  // Runs the training from start to end. Blocks; call from the only thread.
  SupervisorOutcome Run();

 private:
  Result<void> Prepare();
  void CountFirst(const Child& child);
  [[nodiscard]] probe::HandleSet ForMeter() const;
  void StartMeter();
  void Watch();
  void TakeSignals();
  void PassOn(int signal_number, bool from_terminal);
  void Reap();
  void TakeMessages();
  void PrintPending(bool now);
  void FinishMeter();
  void LeaveOutputToDrain();

  SupervisorPlan plan_;
  Child child_;
  std::optional<int> exit_code_;
  BootTime ended_at_;
  std::vector<Relay> relays_;
  int terminal_ = -1;  // master of the pseudo terminal, if there is one
  int signals_ = -1;
  pid_t meter_ = -1;
  int meter_starts_ = 0;
  std::int64_t reaped_cpu_ns_ = 0;
  BootTime meter_next_start_;
  bool meter_done_ = false;
  std::optional<ControlEnd> control_;
  probe::HandleSet handles_;  // held for every meter to come
  std::string pending_lines_;
  BootTime pending_since_;
  SystemClock clock_;
};

}  // namespace epochcost::app
