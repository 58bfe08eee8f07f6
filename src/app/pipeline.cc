#include "app/pipeline.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "app/gpu_file.h"
#include "app/order.h"
#include "base/log.h"
#include "base/retell.h"
#include "base/text.h"
#include "model/replica.h"

namespace epochcost::app {
namespace {

constexpr Nanos kCommitEvery{200 * kNanosPerMilli};
// After an epoch's end its cost is wanted at once; a flood of marks must not become one of commits.
constexpr Nanos kCommitAfterMark{20 * kNanosPerMilli};
constexpr Nanos kGpusEvery{kNanosPerSecond};
constexpr Nanos kOneMoment{kNanosPerMilli};
// At the end of a run a ledger that is locked or full is waited for this long, then left alone.
constexpr Nanos kLastPatience{20 * kNanosPerSecond};

meter::MeterConfig ConfigOf(const RunOrder& order, BootId boot, UtcTime utc, BootTime at,
                            bool per_epoch) {
  meter::MeterConfig config;
  config.project = order.run.project;
  config.agent = order.run.agent;
  config.boot = std::move(boot);
  config.run = order.run.id;
  // Both anchors name one instant, the run's start; a machine that was started again since has
  // another boot clock.
  const bool same_boot = order.began <= at;
  config.boot_anchor = same_boot ? order.began : at;
  config.utc_anchor = same_boot ? order.run.started : utc;
  config.period = Nanos{static_cast<std::int64_t>(1e9 / order.run.hz)};
  config.memory_per_epoch = per_epoch;
  config.counters_start_at_zero = !order.attached;
  return config;
}

bool IsMemoryPerEpoch(const Keeper& keeper, UtcTime at) {
  const auto sheet = keeper.SheetAt(at);
  return sheet && sheet->memory_basis == MemoryBasis::kPerEpoch;
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
  }
  auto marks = probe::marks::MarkReader::Open(
      parts.folder.Marks(), *resume ? (*resume)->mark_offsets : std::vector<MarkOffset>{});
  if (!marks) return tl::unexpected(marks.error());
  return Pipeline(std::move(parts), std::move(*marks), BootId{RandomHex(12)}, *resume, utc, at);
}

Pipeline::Pipeline(Parts parts, probe::marks::MarkReader marks, BootId boot,
                   const std::optional<ResumePoint>& resume, UtcTime utc, BootTime at)
    : parts_(std::move(parts)),
      marks_(std::move(marks)),
      boot_(std::move(boot)),
      meter_(ConfigOf(parts_.order, boot_, utc, at, IsMemoryPerEpoch(parts_.keeper, utc)), resume),
      split_(StartsRanks(parts_.order.run.command) ? kSharedReplica : 0) {
  if (resume) {
    std::vector<Sample> committed;
    for (const Reading& reading : resume->readings) committed.push_back(reading.sample);
    split_.Resume(committed);
  }
  if (parts_.order.budget) {
    project_ = Project{parts_.order.run.project, parts_.order.budget, parts_.order.threshold_ppm};
  }
  std::vector<std::string> chosen;
  for (const probe::Choice& choice : parts_.sources.choices) {
    parts_.keeper.Tell({NoticeKind::kSourceChosen, utc, choice.Account(), choice.Hint()});
    if (std::ranges::find(kTerms, choice.term) != kTerms.end()) {
      chosen.push_back(Retell(choice.Sentence(), CurrentLanguage()));
    }
  }
  if (const auto sheet = parts_.keeper.SheetAt(utc); sheet && !resume)
    parts_.narrator.TellStart(*sheet, chosen);
}

void Pipeline::Tick() {
  Read(false);
  PublishGpus();
  if (IsCommitDue()) Commit(false);
}

void Pipeline::Read(bool final) {
  const BootTime now = clock_.Boot();
  samples_.clear();
  for (const auto& source : parts_.sources.sources) {
    const Result<void> polled = source->Poll(now, samples_);
    if (!polled) meter_.SourceFailed(source->Kind(), polled.error(), now);
    if (const auto gap = source->TakeNotice())
      parts_.keeper.Tell({NoticeKind::kGap, RunTime(), *gap, ""});
  }
  DivideAmongRanks(now, final);
  // Marks after readings: whatever was marked before this instant is in the file by now.
  const Result<probe::marks::ReadMarks> read = marks_.Poll();
  ObserveClocks();
  meter_.Advance(now, samples_,
                 read ? std::span<const Mark>(read->marks) : std::span<const Mark>{});
  last_reading_ = now;
  if (read) TakeIn(*read);
}

// The clocks are compared where they were read at one moment: a process that had to wait between
// two of them would see a machine that slept.
void Pipeline::ObserveClocks() {
  const BootTime boot = clock_.Boot();
  const UtcTime utc = clock_.Utc();
  const std::int64_t monotonic_ns = clock_.MonotonicNs();
  if (clock_.Boot() - boot < kOneMoment) meter_.ObserveClocks(boot, utc, monotonic_ns);
}

void Pipeline::DivideAmongRanks(BootTime now, bool final) {
  probe::RankUse& ranks = *parts_.sources.ranks;
  rank_samples_.clear();
  ranks.Poll(now, rank_samples_);
  if (parts_.sources.gpus != nullptr) parts_.sources.gpus->TakeRanks(rank_samples_);
  if (const auto doubt = ranks.TakeNotice()) Tell(NoticeKind::kDegraded, *doubt);
  if (ranks.RankOfRoot()) split_.ComeHome(*ranks.RankOfRoot());
  samples_ = split_.Divide(samples_, rank_samples_, final);
}

void Pipeline::TakeIn(const probe::marks::ReadMarks& read) {
  for (const probe::marks::Rejected& rejected : read.rejected) {
    parts_.keeper.Tell({NoticeKind::kMarkRejected, RunTime(),
                        ForRecord("{} from byte {} on, {} record(s): {}", rejected.file,
                                  rejected.offset, rejected.count, rejected.reason),
                        ""});
  }
  for (const Mark& mark : read.marks) {
    if (mark.kind == MarkKind::kBudget) TakeBudget(mark);
  }
  for (const probe::marks::Writer& writer : read.writers) {
    // Who has no launcher says that it is replica 0, and may be anywhere in the run.
    if (writer.world_size > 1 || writer.replica > 0) {
      // Ranks that were started by hand, side by side, are one run.
      if (parts_.order.attached)
        parts_.sources.AddRoot(static_cast<pid_t>(writer.pid), writer.start_ticks);
      parts_.sources.ranks->Declare(static_cast<pid_t>(writer.pid), writer.start_ticks,
                                    writer.replica);
    }
    meter_.Steps(writer.replica, writer.steps, writer.samples);
  }
  if (!meter_.HasWaitingMarks()) offsets_ = read.offsets;
  boundary_ = boundary_ || !read.marks.empty();
}

bool Pipeline::IsCommitDue() const {
  return clock_.Boot() - last_commit_ >= (boundary_ ? kCommitAfterMark : kCommitEvery);
}

void Pipeline::Commit(bool final) {
  if (parts_.keeper.PricesChanged()) {
    meter_.CutHere();
    const auto sheet = parts_.keeper.SheetAt(clock_.Utc());
    if (sheet) {
      parts_.keeper.Tell(
          {NoticeKind::kPriceChanged, RunTime(),
           ForRecord("sheet {} is now version {}", sheet->name.Value(), sheet->version), ""});
    }
  }
  last_commit_ = clock_.Boot();
  const auto kept = parts_.keeper.Commit(boot_, meter_.Take(final), offsets_);
  if (!kept) {
    if (!std::exchange(failing_, true)) {
      LogWarning("the ledger cannot be written: {}: {}", kept.error().what, kept.error().why);
      parts_.keeper.Tell(
          {NoticeKind::kCommitFailed, RunTime(),
           ForRecord("the ledger could not be written for a while: {}; nothing is lost",
                     kept.error().why),
           kept.error().hint});
    }
    return;
  }
  failing_ = false;
  boundary_ = false;
  ended_ = final;
  latency_.Add(clock_.Boot() - last_reading_);
  Publish(kept->receipt, last_reading_);
  parts_.narrator.TellEpochs(*kept, parts_.keeper, clock_.Utc());
  if (project_)
    parts_.narrator.TellBudget(*project_, kept->receipt.project_total, parts_.keeper, RunTime());
}

void Pipeline::Publish(const store::Receipt& receipt, BootTime newest) {
  Totals totals;
  totals.project = receipt.project_total;
  totals.run = receipt.run_total;
  totals.as_of = newest;
  totals.as_of_utc = clock_.Utc();
  totals.marks_up_to = meter_.LastMarkTime();
  totals.is_closed = ended_;
  if (const auto closed = meter_.ClosedAt(); closed && meter_.HasPassed(*closed))
    totals.sealed_close = *closed;
  if (project_) {
    totals.budget = project_->budget;
    totals.threshold_ppm = project_->threshold_ppm;
  }
  if (const auto written = parts_.totals.Write(totals); !written)
    LogWarning("{}", written.error().what);
}

void Pipeline::PublishGpus() {
  if (parts_.sources.gpus == nullptr || last_reading_ - last_gpus_ < kGpusEvery) return;
  last_gpus_ = last_reading_;
  const auto written = WriteLiveGpus(parts_.folder.Gpus(), parts_.sources.gpus->Live());
  if (!written) LogInfo("{}: {}", written.error().what, written.error().why);
}

// The SDK names a project and its budget ("project\0CUR") from within `epochcost run`. What the
// person at the terminal said goes before.
void Pipeline::TakeBudget(const Mark& mark) {
  const std::size_t end = mark.name.find('\0');
  const std::string currency = end == std::string::npos ? "" : mark.name.substr(end + 1);
  const auto named = ParseProjectId(mark.name.substr(0, end));
  const auto tell = [this](const Error& error) {
    parts_.keeper.Tell(
        {NoticeKind::kDegraded, RunTime(), error.what + ": " + error.why, error.hint});
  };
  if (!named) return tell(named.error());
  if (!parts_.order.project_was_named && *named != parts_.keeper.InProject()) {
    if (const auto moved = parts_.keeper.MoveTo(*named); !moved) return tell(moved.error());
  }
  if (mark.index <= 0 || parts_.order.budget) return;
  const Currency own = parts_.order.run.currency;
  if (!currency.empty() && currency != own.Code()) {
    return tell({ErrorCode::kInvalidInput,
                 ForRecord("the budget of project {} is in {}", named->Value(), currency),
                 ForRecord("the prices are in {}: it is not watched", own.Code()), ""});
  }
  project_ = Project{parts_.keeper.InProject(), Money{mark.index, own}, mark.steps};
  if (const auto put = parts_.keeper.PutProject(*project_); !put) tell(put.error());
}

std::string Pipeline::Finish(RunState state, std::optional<int> exit_code) {
  Read(true);
  const UtcTime ended = RunTime();
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
  return parts_.narrator.TellEnd(parts_.keeper, parts_.folder, ended_, ended);
}

}  // namespace epochcost::app
