#include "app/pipeline.h"

#include <fmt/format.h>

#include <thread>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace epochcost::app {
namespace {

constexpr Nanos kCommitEvery{200 * kNanosPerMilli};
// At the end of a run a ledger that is locked or full is waited for this long, then left alone.
constexpr Nanos kLastPatience{20 * kNanosPerSecond};

meter::MeterConfig ConfigOf(const RunOrder& order, BootId boot, UtcTime utc, BootTime at, bool per_epoch,
                            bool resumed) {
  meter::MeterConfig config;
  config.project = order.run.project;
  config.agent = order.run.agent;
  config.boot = std::move(boot);
  config.run = order.run.id;
  // Both anchors name one instant: the start of the run, or, when continuing, now.
  config.boot_anchor = resumed ? at : order.began;
  config.utc_anchor = resumed ? utc : utc - (at - order.began);
  config.period = Nanos{static_cast<std::int64_t>(1e9 / order.run.hz)};
  config.memory_per_epoch = per_epoch;
  config.counters_start_at_zero = !order.attached;
  return config;
}

}  // namespace

Result<Pipeline> Pipeline::Make(Parts parts) {
  const SystemClock clock;
  const UtcTime utc = clock.Utc();
  const BootTime at = clock.Boot();
  const auto resume = parts.keeper.Resume();
  if (!resume) return tl::unexpected(resume.error());
  if (*resume) {
    parts.keeper.Tell({NoticeKind::kMeterRestarted, utc,
                       "a new meter continues at the last committed readings", ""});
    parts.marks.ContinueAt((*resume)->mark_offsets);
  }
  return Pipeline(std::move(parts), BootId{RandomHex(12)}, *resume, utc, at);
}

Pipeline::Pipeline(Parts parts, BootId boot, const std::optional<ResumePoint>& resume, UtcTime utc, BootTime at)
    : parts_(std::move(parts)),
      boot_(std::move(boot)),
      meter_(ConfigOf(parts_.order, boot_, utc, at,
                      parts_.keeper.SheetAt(utc).map([](const PriceSheet& sheet) {
                        return sheet.memory_basis == MemoryBasis::kPerEpoch;
                      }).value_or(false),
                      resume.has_value()),
             resume) {
  if (parts_.order.budget) {
    project_ = Project{parts_.order.run.project, parts_.order.budget, parts_.order.threshold_ppm};
  }
  for (const probe::Choice& choice : parts_.sources.choices) {
    parts_.keeper.Tell({NoticeKind::kSourceChosen, utc, choice.Sentence(), choice.Hint()});
  }
}

void Pipeline::Tick() {
  Read();
  if (IsCommitDue()) Commit(false);
}

void Pipeline::Read() {
  const BootTime now = clock_.Boot();
  samples_.clear();
  for (const auto& source : parts_.sources.sources) {
    const Result<void> polled = source->Poll(now, samples_);
    if (!polled) meter_.SourceFailed(source->Kind(), polled.error(), now);
  }
  // Marks after readings: whatever was marked before this instant is in the file by now.
  const Result<probe::marks::ReadMarks> read = parts_.marks.Poll();
  std::vector<Mark> marks;
  if (read) {
    TellMarks(*read);
    marks = read->marks;
    offsets_ = read->offsets;
    for (const Mark& mark : marks) {
      if (mark.kind == MarkKind::kBudget) TakeBudget(mark);
    }
    for (const auto& writer : read->writers) meter_.Steps(writer.replica, writer.steps, writer.samples);
  }
  boundary_ = boundary_ || !marks.empty();
  meter_.ObserveClocks(now, clock_.Utc(), clock_.MonotonicNs());
  meter_.Advance(now, samples_, marks);
  last_reading_ = now;
}

bool Pipeline::IsCommitDue() const { return boundary_ || clock_.Boot() - last_commit_ >= kCommitEvery; }

void Pipeline::Commit(bool final) {
  if (parts_.keeper.PricesChanged()) {
    meter_.CutHere();
    const auto sheet = parts_.keeper.SheetAt(clock_.Utc());
    if (sheet) {
      parts_.keeper.Tell({NoticeKind::kPriceChanged, clock_.Utc(),
                          fmt::format("sheet {} is now version {}", sheet->name.Value(), sheet->version), ""});
    }
  }
  last_commit_ = clock_.Boot();
  const auto kept = parts_.keeper.Commit(boot_, meter_.Take(final), offsets_);
  if (!kept) {
    if (!std::exchange(failing_, true)) {
      LogWarning("the ledger cannot be written: {}: {}", kept.error().what, kept.error().why);
      parts_.keeper.Tell({NoticeKind::kCommitFailed, clock_.Utc(),
                          fmt::format("the ledger could not be written for a while: {}; nothing is lost",
                                      kept.error().why), kept.error().hint});
    }
    return;
  }
  failing_ = false;
  boundary_ = false;
  ended_ = final;
  latency_.Add(clock_.Boot() - last_reading_);
  Publish(kept->receipt, last_reading_);
  parts_.narrator.TellEpochs(*kept, parts_.sources.choices);
  if (project_) parts_.narrator.TellBudget(*project_, kept->receipt.project_total);
}

void Pipeline::Publish(const store::Receipt& receipt, BootTime newest) {
  Totals totals;
  totals.project = receipt.project_total;
  totals.run = receipt.run_total;
  totals.as_of = newest;
  totals.as_of_utc = clock_.Utc();
  totals.marks_up_to = meter_.LastMarkTime();
  totals.is_closed = ended_;
  totals.sealed_close = meter_.ClosedAt().value_or(BootTime{});
  if (project_) {
    totals.budget = project_->budget;
    totals.threshold_ppm = project_->threshold_ppm;
  }
  parts_.totals.Write(totals);
}

void Pipeline::TellMarks(const probe::marks::ReadMarks& read) {
  for (const auto& rejected : read.rejected) {
    parts_.keeper.Tell({NoticeKind::kMarkRejected, clock_.Utc(),
                        fmt::format("{} at {}: {}", rejected.file, rejected.offset, rejected.reason), ""});
  }
}

// The SDK names a project and a budget from within `epochcost run`.
void Pipeline::TakeBudget(const Mark& mark) {
  if (mark.index <= 0) return;
  project_ = Project{parts_.order.run.project, Money{mark.index, parts_.order.run.currency}, mark.steps};
  if (const auto put = parts_.keeper.PutProject(*project_); !put) LogWarning("{}", put.error().what);
}

std::string Pipeline::Finish(RunState state, std::optional<int> exit_code) {
  Read();
  const UtcTime ended = clock_.Utc();
  const BootTime deadline = clock_.Boot() + kLastPatience;
  Commit(true);
  while (!ended_ && clock_.Boot() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    Commit(true);
  }
  if (!ended_) {
    const auto fallen = parts_.keeper.FallBack("it was locked or full until the end");
    if (fallen) Commit(true);
  }
  const auto end = parts_.keeper.End(ended, state, exit_code);
  if (!end) LogWarning("the end of the run was not recorded: {}", end.error().what);
  LogInfo("commits {} latency_p50_ns {} latency_p99_ns {} latency_max_ns {}", latency_.Count(),
          latency_.Quantile(500'000).Count(), latency_.Quantile(990'000).Count(),
          latency_.Quantile(1'000'000).Count());
  return parts_.narrator.TellEnd(parts_.keeper, ended_);
}

}  // namespace epochcost::app
