#include "api/http/library.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace epochcost::api::http {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kCostsKept = 32;
constexpr std::size_t kLinesKept = 6;
constexpr std::size_t kStoresKept = 4;
// Above this many lines a chart first shows epochs and phases.
constexpr std::int64_t kLinesAtOnce = 100'000;

// What was read of a run that goes on is good for a while, longer where reading takes long.
bool IsFresh(const RunEntry& entry, std::uint64_t revision, SteadyClock::time_point at,
             std::chrono::nanoseconds took) {
  if (revision == entry.revision) return true;
  return entry.standing.run.state == RunState::kRunning && SteadyClock::now() - at < 4 * took;
}

std::int64_t LinesOf(const ResourceSums& sums) {
  std::int64_t lines = 0;
  for (const auto& sum : sums) lines += sum ? sum->lines : 0;
  return lines;
}

std::vector<store::PostedAmount> AmountsOfScopes(const RunCost& cost) {
  std::vector<store::PostedAmount> amounts;
  for (const auto* const scopes : {&cost.epochs, &cost.phases}) {
    for (const EpochCost& scope : *scopes) {
      for (const ResourceInfo& info : Resources()) {
        const auto& sum = scope.sums.at(static_cast<std::size_t>(info.resource));
        const auto nano = sum ? Narrow(sum->amount_nano) : std::nullopt;
        if (nano) amounts.push_back({info.resource, scope.t0, scope.t1, NanoMoney{*nano}});
      }
    }
  }
  return amounts;
}

// What the open lines add, unless the standing is older than the lines: the live end of the chart.
void AddOpen(const store::RunStanding& standing, std::vector<store::PostedAmount>& amounts) {
  std::array<Wide, kResourceCount> committed{};
  UtcTime last = standing.t0;
  for (const store::PostedAmount& posted : amounts) {
    committed.at(static_cast<std::size_t>(posted.resource)) += posted.amount.Count();
    last = std::max(last, posted.t1);
  }
  const UtcTime end = std::max(standing.as_of, last);
  std::vector<store::PostedAmount> open;
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = standing.sums.at(static_cast<std::size_t>(info.resource));
    const Wide rest =
        (sum ? sum->amount_nano : 0) - committed.at(static_cast<std::size_t>(info.resource));
    const auto nano = Narrow(rest);
    if (rest < 0 || !nano) return;
    if (sum) open.push_back({info.resource, last, end, NanoMoney{*nano}});
  }
  amounts.insert(amounts.end(), open.begin(), open.end());
}

}  // namespace

Result<std::unique_ptr<store::Store>> Library::Borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto ledger = std::move(idle_.back());
      idle_.pop_back();
      return ledger;
    }
  }
  return ports_.open_ledger();
}

void Library::GiveBack(std::unique_ptr<store::Store> ledger) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kStoresKept) idle_.push_back(std::move(ledger));
}

template <class Kept>
std::shared_ptr<Kept> Library::KeptOf(std::list<std::pair<RunId, std::shared_ptr<Kept>>>& shelf,
                                      const RunId& run, std::size_t most) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(shelf, run, &std::pair<RunId, std::shared_ptr<Kept>>::first);
  if (found != shelf.end()) {
    shelf.splice(shelf.begin(), shelf, found);
  } else {
    shelf.emplace_front(run, std::make_shared<Kept>());
    if (shelf.size() > most) shelf.pop_back();
  }
  return shelf.front().second;
}

Result<std::shared_ptr<const RunCost>> Library::CostOf(const RunEntry& entry) {
  const auto kept = KeptOf(costs_, entry.standing.run.id, kCostsKept);
  const std::lock_guard lock(kept->reading);
  if (kept->cost && IsFresh(entry, kept->revision, kept->at, kept->took)) return kept->cost;
  const auto began = SteadyClock::now();
  auto cost = With([&](store::Store& ledger) -> Result<RunCost> {
    auto read = ledger.Cost(entry.standing.run.id);
    if (!read) return read;
    if (const auto billed = ports_.bill(ledger, *read, ports_.clock->Utc()); !billed)
      return tl::unexpected(billed.error());
    return read;
  });
  if (!cost) return tl::unexpected(cost.error());
  kept->cost = std::make_shared<const RunCost>(*std::move(cost));
  kept->revision = entry.revision;
  kept->at = SteadyClock::now();
  kept->took = kept->at - began;
  return kept->cost;
}

Result<std::shared_ptr<const Timeline>> Library::ReadLine(const RunEntry& entry, KeptLine& kept) {
  const std::lock_guard lock(kept.reading);
  if (kept.line && IsFresh(entry, kept.revision, kept.at, kept.took)) return kept.line;
  const auto began = SteadyClock::now();
  const store::RunStanding& standing = entry.standing;
  const auto read = With([&](store::Store& ledger) {
    return ledger.ForEachAmount(
        standing.run.id, kept.cursor,
        [&kept](const store::PostedAmount& posted) { kept.amounts.push_back(posted); });
  });
  if (!read) {
    kept.cursor = {};
    kept.amounts.clear();
    return tl::unexpected(read.error());
  }
  std::vector<store::PostedAmount> amounts;
  if (standing.run.state == RunState::kRunning) {
    amounts = kept.amounts;
    AddOpen(standing, amounts);
  } else {
    amounts = std::exchange(kept.amounts, {});  // no more will come
    kept.cursor = {};
  }
  auto line = MakeTimeline(std::move(amounts));
  if (!line) return tl::unexpected(line.error());
  kept.line = std::make_shared<const Timeline>(*std::move(line));
  kept.revision = entry.revision;
  kept.at = SteadyClock::now();
  kept.took = kept.at - began;
  return kept.line;
}

Result<Library::Shown> Library::TimelineOf(const RunEntry& entry) {
  const RunId& id = entry.standing.run.id;
  const auto kept = KeptOf(lines_, id, kLinesKept);
  bool is_long = LinesOf(entry.standing.sums) > kLinesAtOnce && later_;
  if (is_long) {
    const std::unique_lock lock(kept->reading, std::try_to_lock);
    if (lock && kept->line) is_long = false;
  }
  if (!is_long) {
    auto line = ReadLine(entry, *kept);
    if (!line) return tl::unexpected(line.error());
    return Shown{*std::move(line), true};
  }
  {
    const std::lock_guard lock(mutex_);
    if (being_read_.insert(id).second) {
      later_([this, entry, kept, id] {
        if (const auto line = ReadLine(entry, *kept); !line) LogWarning("{}", line.error().what);
        runs_.Touch(id);
        const std::lock_guard done(mutex_);
        being_read_.erase(id);
      });
    }
  }
  const auto cost = CostOf(entry);
  if (!cost) return tl::unexpected(cost.error());
  auto line = MakeTimeline(AmountsOfScopes(**cost));
  if (!line) return tl::unexpected(line.error());
  return Shown{std::make_shared<const Timeline>(*std::move(line)), false};
}

}  // namespace epochcost::api::http
