#include "api/http/follower.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "api/http/answers.h"

namespace epochcost::api::http {
namespace {

constexpr std::chrono::milliseconds kBetweenTellings{500};
constexpr std::size_t kMostEpochsTold = 8;  // of one run at once; who needs more asks for them

}  // namespace

Follower::Follower(const Ports& ports, Register& runs, EventLog& events,
                   std::chrono::milliseconds interval)
    : ports_(ports), runs_(runs), events_(events), interval_(interval) {}

Follower::~Follower() { Stop(); }

void Follower::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Follower::Stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  stopping_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Follower::Loop() {
  std::unique_lock lock(mutex_);
  while (!is_stopped_) {
    lock.unlock();
    Look();
    lock.lock();
    stopping_.wait_for(lock, interval_, [this] { return is_stopped_; });
  }
}

void Follower::ReadNow() { Look(); }

void Follower::Look() {
  if (!ledger_) {
    auto opened = ports_.open_ledger();
    if (!opened) return runs_.SetReadiness(opened.error());
    ledger_ = *std::move(opened);
    version_.reset();
  }
  const auto version = ledger_->DataVersion();
  if (!version || version_ != *version) {
    const auto read = version ? Read(*ledger_) : tl::unexpected(version.error());
    runs_.SetReadiness(read ? std::nullopt : std::optional(read.error()));
    if (!read) {
      ledger_.reset();  // whatever it was, a new connection finds out
      return;
    }
    version_ = *version;
  }
  TellDue();
}

// What a commit after the version was asked for changes is read twice, which changes nothing.
Result<void> Follower::Read(store::Store& ledger) {
  const std::vector<RunId> running = runs_.Running();
  auto standings = ledger.Standings(runs_.NewestOrder());
  if (!standings) return tl::unexpected(standings.error());
  std::set<RunId> seen;
  for (store::RunStanding& standing : *standings) {
    seen.insert(standing.run.id);
    Take(std::move(standing));
  }
  for (const RunId& id : running) {
    if (seen.contains(id)) continue;  // it ended since
    auto standing = ledger.StandingOf(id);
    if (!standing) return tl::unexpected(standing.error());
    Take(*std::move(standing));
  }
  is_first_ = false;
  runs_.TouchLedger();
  return {};
}

void Follower::Take(store::RunStanding standing) {
  const RunEntryPtr entry = runs_.Take(std::move(standing));
  if (!entry) return;
  Told& told = ToldOf(*entry);
  if (is_first_) told.revision = entry->revision;
}

// What was there before this server began, or before the run was first seen, is no news.
Follower::Told& Follower::ToldOf(const RunEntry& entry) {
  const auto [slot, is_new] = told_.try_emplace(entry.standing.run.id);
  Told& told = slot->second;
  if (is_new) {
    told.closed_epochs = entry.standing.closed_epochs;
    told.notices = entry.standing.notices;
  }
  return told;
}

void Follower::TellDue() {
  for (const RunId& id : runs_.TakeTouched()) {
    if (const RunEntryPtr entry = runs_.Find(id)) (void)ToldOf(*entry);
  }
  const SteadyTime now = std::chrono::steady_clock::now();
  for (auto& [id, told] : told_) {
    const RunEntryPtr entry = runs_.Find(id);
    if (!entry || entry->revision == told.revision) continue;
    if (now - told.at < kBetweenTellings) continue;
    Tell(*entry, told);
    told.at = now;
  }
  std::erase_if(told_, [this](const auto& each) {
    const RunEntryPtr entry = runs_.Find(each.first);
    return entry && entry->revision == each.second.revision &&
           entry->standing.run.state != RunState::kRunning;
  });
}

void Follower::Tell(const RunEntry& entry, Told& told) {
  TellEpochsAndAlerts(entry, told);
  events_.Add("run", entry.standing.run.project, OfDelta(entry, BilledOf(entry)).dump());
  told.revision = entry.revision;
  told.closed_epochs = entry.standing.closed_epochs;
  told.notices = entry.standing.notices;
}

std::optional<Money> Follower::BilledOf(const RunEntry& entry) {
  if (!ledger_) return std::nullopt;
  const std::array<const store::RunStanding*, 1> one = {&entry.standing};
  const auto billed = ports_.billed(*ledger_, one, ports_.clock->Utc());
  return billed ? billed->front() : std::nullopt;  // the next look says why
}

// The whole cost is read only where an epoch closed or a notice came.
void Follower::TellEpochsAndAlerts(const RunEntry& entry, const Told& before) {
  const store::RunStanding& standing = entry.standing;
  if (standing.closed_epochs <= before.closed_epochs && standing.notices <= before.notices) return;
  if (!ledger_) return;
  const auto cost = ledger_->Cost(standing.run.id);
  if (!cost) return;  // the next look says why
  const Json run_id = Text(standing.run.id.Value());
  std::vector<const EpochCost*> closed;
  for (const EpochCost& epoch : cost->epochs) {
    if (!epoch.is_open && epoch.is_complete) closed.push_back(&epoch);
  }
  const auto known = static_cast<std::size_t>(std::max<std::int64_t>(before.closed_epochs, 0));
  const std::size_t first =
      std::max(known, closed.size() - std::min(closed.size(), kMostEpochsTold));
  for (std::size_t i = first; i < closed.size(); ++i) {
    events_.Add("epoch", standing.run.project,
                Json{{"run_id", run_id},
                     {"epoch", OfScope(*closed[i], {})},
                     {"amount", OfMoney(cost->total)}}
                    .dump());
  }
  const auto notices = static_cast<std::size_t>(std::max<std::int64_t>(before.notices, 0));
  for (std::size_t i = notices; i < cost->notices.size(); ++i) {
    // What it is about in money is asked for with the list.
    const Json alert = OfAlert(cost->notices[i], std::nullopt, nullptr, CurrentLanguage());
    events_.Add("alert", standing.run.project, Json{{"run_id", run_id}, {"alert", alert}}.dump());
  }
}

}  // namespace epochcost::api::http
