#include "probe/gpu/gpu_source.h"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "base/retell.h"
#include "base/text.h"

namespace epochcost::probe {
namespace {

constexpr Nanos kShortestPeriod{100 * kNanosPerMilli};
constexpr Nanos kSilence{kNanosPerSecond};

}  // namespace

struct GpuSource::Shared {
  Shared(std::unique_ptr<GpuDriver> of, std::vector<Gpu> chosen, GpuMeter adding, Nanos every)
      : driver(std::move(of)), gpus(std::move(chosen)), meter(std::move(adding)), period(every) {}

  // The thread's own.
  std::unique_ptr<GpuDriver> driver;
  std::vector<Gpu> gpus;
  GpuMeter meter;
  Nanos period;
  SystemClock clock;

  std::mutex mutex;
  std::condition_variable wake;
  // Guarded by mutex.
  bool is_ending = false;
  BootTime read_at;  // when the last round was begun that gave anything
  GpuTotals whole;
  std::map<std::int32_t, GpuTotals> totals;  // by rank
  std::vector<LiveGpu> live;
  std::deque<std::string> notices;
  std::string trouble;  // of the last round, where no GPU answered

  // One round over the GPUs. One that does not answer does not hide the others.
  void Read() {
    const BootTime at = clock.Boot();
    std::vector<LiveGpu> seen;
    std::string failed;
    for (const Gpu& gpu : gpus) {
      auto reading = driver->Read(gpu, clock.Boot());
      if (reading) {
        meter.Take(gpu, *reading);
        for (GpuProcess& process : reading->processes) process.rank = meter.RankOf(process.pid);
        seen.push_back({gpu, std::move(*reading)});
      } else {
        failed = fmt::format("{}: {}", reading.error().what, reading.error().why);
        lost.insert(failed);
      }
    }
    std::vector<std::string> told = meter.TakeNotices();
    for (const std::string& sentence : lost) {
      if (told_lost.insert(sentence).second) told.push_back(sentence);
    }
    lost.clear();
    const std::scoped_lock lock(mutex);
    trouble = seen.empty() ? failed : std::string{};
    if (!seen.empty() || gpus.empty()) read_at = at;
    whole = meter.Whole();
    totals = meter.Totals();
    live = std::move(seen);
    for (std::string& sentence : told) notices.push_back(std::move(sentence));
  }

  void Loop() {
    prctl(PR_SET_NAME, "epochcost-gpu");
    std::unique_lock lock(mutex);
    while (!is_ending) {
      const std::chrono::nanoseconds pause(period.Count());
      if (wake.wait_for(lock, pause, [this] { return is_ending; })) return;
      lock.unlock();
      Read();
      lock.lock();
    }
  }

  std::set<std::string> lost;
  std::set<std::string> told_lost;
};

GpuSource::GpuSource(SourceKind kind, std::shared_ptr<Shared> shared, std::string words)
    : kind_(kind), shared_(std::move(shared)), words_(std::move(words)) {
  std::thread([kept = shared_] { kept->Loop(); }).detach();
}

// The thread is not waited for: it may be in a call that does not return.
GpuSource::~GpuSource() {
  const std::scoped_lock lock(shared_->mutex);
  shared_->is_ending = true;
  shared_->wake.notify_all();
}

Result<std::unique_ptr<GpuSource>> GpuSource::Open(std::unique_ptr<GpuDriver> driver,
                                                   const Environment& environment,
                                                   ReplicaOf replica_of, Nanos period) {
  auto gpus = driver->List();
  if (!gpus) return tl::unexpected(gpus.error());
  if (gpus->empty()) {
    return Fail(ErrorCode::kNotFound, Say("no GPU"),
                Say("{} lists none", Info(driver->Kind()).name));
  }
  GpuSelection selection = SelectGpus(*gpus, environment);
  const bool is_allocated = !selection.by.empty();
  std::string words = Say("{} of {} GPUs", selection.gpus.size(), gpus->size());
  if (is_allocated) words += fmt::format(" ({})", selection.by);
  const SourceKind kind = driver->Kind();
  auto shared = std::make_shared<Shared>(std::move(driver), std::move(selection.gpus),
                                         GpuMeter(is_allocated, std::move(replica_of)),
                                         std::max(period, kShortestPeriod));
  if (!selection.unknown.empty()) {
    shared->notices.push_back(
        ForRecord("{} names no GPU of this machine: {}", selection.by, selection.unknown));
  }
  shared->Read();
  if (!shared->trouble.empty())
    return Fail(ErrorCode::kUnavailable, Say("no GPU answers"), shared->trouble);
  return std::unique_ptr<GpuSource>(new GpuSource(kind, std::move(shared), std::move(words)));
}

Result<void> GpuSource::Poll(BootTime now, std::vector<Sample>& out) {
  of_ranks_.clear();
  const std::scoped_lock lock(shared_->mutex);
  if (!shared_->trouble.empty())
    return Fail(ErrorCode::kUnavailable, Say("no GPU answers"), shared_->trouble);
  const BootTime at = shared_->read_at;
  const Nanos silent = now - at;
  if (silent > kSilence + shared_->period) {
    return Fail(ErrorCode::kUnavailable, Say("the GPU driver does not answer"),
                Say("it has been silent for {}", FormatDuration(silent)));
  }
  if (at <= said_) return {};
  said_ = at;
  const auto add = [this, at](std::int32_t replica, const GpuTotals& of, std::vector<Sample>& to) {
    to.push_back({Signal::kGpuBusyNs, kind_, replica, at, of.busy_ns, of.busy_quality});
    to.push_back({Signal::kGpuHeldNs, kind_, replica, at, of.held_ns, Quality::kMeasured});
    to.push_back({Signal::kGpuEnergyUj, kind_, replica, at, of.energy_uj, of.energy_quality});
  };
  add(0, shared_->whole, out);
  for (const auto& [rank, totals] : shared_->totals) {
    if (rank != kSharedReplica) add(rank, totals, of_ranks_);
  }
  return {};
}

void GpuSource::TakeRanks(std::vector<Sample>& out) {
  out.insert(out.end(), of_ranks_.begin(), of_ranks_.end());
  of_ranks_.clear();
}

std::optional<std::string> GpuSource::TakeNotice() {
  const std::scoped_lock lock(shared_->mutex);
  if (shared_->notices.empty()) return std::nullopt;
  std::string first = std::move(shared_->notices.front());
  shared_->notices.pop_front();
  return first;
}

std::vector<LiveGpu> GpuSource::Live() const {
  const std::scoped_lock lock(shared_->mutex);
  return shared_->live;
}

}  // namespace epochcost::probe
