#pragma once
// The path of a sample, on one screen: read → meter → price → commit → publish.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/keeper.h"
#include "app/latency.h"
#include "app/narrator.h"
#include "app/run_file.h"
#include "app/totals_file.h"
#include "base/time.h"
#include "meter/meter.h"
#include "meter/replica_split.h"
#include "probe/marks/mark_reader.h"
#include "probe/sources.h"

namespace epochcost::app {

// What one run's pipeline is made of; each stands alone.
struct Parts {
  RunOrder order;
  RunFolder folder;
  probe::SourceSet sources;
  Keeper keeper;
  TotalsWriter totals;
  Narrator narrator;
};

// One run from its first reading to its last line. Called from one thread.
class Pipeline {
 public:
  // Continues where an earlier meter's commits ended, if there was one.
  static Result<Pipeline> Make(Parts parts);

  // One period: takes a reading and, every 200 ms or at a boundary, commits. Never fails: what goes
  // wrong is told, and made up for later.
  void Tick();

  // Something that a reader must know; it travels with the next commit.
  void Tell(NoticeKind kind, std::string detail) {
    parts_.keeper.Tell({kind, RunTime(), std::move(detail), ""});
  }

  // A process of the run that was started beside others, not by one of them, and lives; 0: none.
  [[nodiscard]] pid_t LivingRoot() { return parts_.sources.tree->LivingRoot(); }

  // The program ended: the last reading, the last commit, the end of the run. Returns what to
  // print.
  [[nodiscard]] std::string Finish(RunState state, std::optional<int> exit_code);

 private:
  Pipeline(Parts parts, probe::marks::MarkReader marks, BootId boot,
           const std::optional<ResumePoint>& resume, UtcTime utc, BootTime at);
  [[nodiscard]] UtcTime RunTime() const { return meter_.UtcOf(clock_.Boot()); }
  void Read(bool final);
  void ObserveClocks();
  void DivideAmongRanks(BootTime now, bool final);
  [[nodiscard]] bool IsCommitDue() const;
  void Commit(bool final);
  void Publish(const store::Receipt& receipt, BootTime newest);
  void PublishGpus();
  void TakeIn(const probe::marks::ReadMarks& read);
  void TakeBudget(const Mark& mark);

  Parts parts_;
  probe::marks::MarkReader marks_;
  BootId boot_;
  meter::Meter meter_;
  SystemClock clock_;
  std::vector<Sample> samples_;
  std::vector<Sample> rank_samples_;
  meter::ReplicaSplit split_;
  std::vector<MarkOffset> offsets_;
  BootTime last_reading_;
  BootTime last_commit_;
  BootTime last_gpus_;
  bool boundary_ = false;
  bool failing_ = false;
  bool ended_ = false;
  std::optional<Project> project_;
  Latency latency_;
};

}  // namespace epochcost::app
