#include "api/http/register.h"

#include <algorithm>
#include <cctype>

namespace epochcost::api::http {
namespace {

constexpr Nanos kRateWindow{60 * kNanosPerSecond};
constexpr Wide kNanosPerHour = Wide{3600} * kNanosPerSecond;

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string SearchedText(const Run& run) {
  std::string text = run.name + '\n' + run.project.Value() + '\n' + run.id.Value();
  for (const std::string& word : run.command) text += '\n' + word;
  return Lower(std::move(text));
}

bool IsSame(const store::RunStanding& a, const store::RunStanding& b) {
  return a.total == b.total && a.provisional == b.provisional && a.as_of == b.as_of &&
         a.scope == b.scope && a.closed_epochs == b.closed_epochs && a.notices == b.notices &&
         a.run.state == b.run.state && a.run.ended == b.run.ended &&
         a.run.project == b.run.project && a.run.epochs_from == b.run.epochs_from &&
         a.run.planned_epochs == b.run.planned_epochs &&
         a.metric.has_value() == b.metric.has_value() &&
         (!a.metric || (a.metric->at == b.metric->at && a.metric->name == b.metric->name));
}

Quality WorstOf(const ResourceSums& sums) {
  Quality worst = Quality::kMeasured;
  for (const auto& sum : sums) {
    if (sum && sum->amount_nano != 0) worst = Worse(worst, sum->quality);
  }
  return worst;
}

}  // namespace

RunEntryPtr Register::Take(store::RunStanding standing) {
  const std::lock_guard lock(mutex_);
  RunEntryPtr& slot = runs_[standing.run.id];
  if (slot && IsSame(slot->standing, standing)) return nullptr;
  if (slot) {
    spent_[{slot->standing.run.project, std::string(slot->standing.total.currency.Code())}] -=
        slot->standing.total.nano + slot->standing.provisional.nano;
  }
  spent_[{standing.run.project, std::string(standing.total.currency.Code())}] +=
      standing.total.nano + standing.provisional.nano;
  auto entry = std::make_shared<RunEntry>();
  entry->revision = ++revision_;
  entry->searched = SearchedText(standing.run);
  std::vector<Past>& past = past_[standing.run.id];
  if (standing.run.state == RunState::kRunning) {
    const Wide now_nano = standing.total.nano + standing.provisional.nano;
    while (!past.empty() && standing.as_of - past.front().at > kRateWindow)
      past.erase(past.begin());
    const UtcTime since = past.empty() ? standing.t0 : past.front().at;
    const Wide before = past.empty() ? 0 : past.front().nano;
    const Nanos window = standing.as_of - since;
    if (window.Count() > 0) {
      entry->rate = SpendingRate{.per_hour = {(now_nano - before) * kNanosPerHour / window.Count(),
                                              standing.total.currency},
                                 .window = window,
                                 .as_of = standing.as_of,
                                 .quality = WorstOf(standing.sums)};
    }
    if (past.empty() || standing.as_of - past.back().at >= Nanos{kNanosPerSecond}) {
      past.push_back({standing.as_of, now_nano});
    }
  } else {
    past_.erase(standing.run.id);
  }
  order_[standing.order] = standing.run.id;
  entry->standing = std::move(standing);
  slot = entry;
  return slot;
}

void Register::Touch(const RunId& run) {
  const std::lock_guard lock(mutex_);
  const auto found = runs_.find(run);
  if (found == runs_.end()) return;
  auto entry = std::make_shared<RunEntry>(*found->second);
  entry->revision = ++revision_;
  found->second = std::move(entry);
  touched_.push_back(run);
}

std::vector<RunId> Register::TakeTouched() {
  const std::lock_guard lock(mutex_);
  return std::exchange(touched_, {});
}

void Register::TouchLedger() {
  const std::lock_guard lock(mutex_);
  ++revision_;
}

RunEntryPtr Register::Find(const RunId& run) const {
  const std::lock_guard lock(mutex_);
  const auto found = runs_.find(run);
  return found == runs_.end() ? nullptr : found->second;
}

std::vector<RunEntryPtr> Register::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<RunEntryPtr> all;
  all.reserve(order_.size());
  for (const auto& [order, id] : order_) all.push_back(runs_.at(id));
  return all;
}

std::vector<RunId> Register::Running() const {
  const std::lock_guard lock(mutex_);
  std::vector<RunId> running;
  for (const auto& [id, entry] : runs_) {
    if (entry->standing.run.state == RunState::kRunning) running.push_back(id);
  }
  return running;
}

std::int64_t Register::NewestOrder() const {
  const std::lock_guard lock(mutex_);
  return order_.empty() ? 0 : order_.rbegin()->first;
}

std::uint64_t Register::Revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

Money Register::Spent(const ProjectId& project, Currency currency) const {
  const std::lock_guard lock(mutex_);
  const auto found = spent_.find({project, std::string(currency.Code())});
  return {found == spent_.end() ? Wide{0} : found->second, currency};
}

void Register::SetReadiness(std::optional<Error> why_not) {
  const std::lock_guard lock(mutex_);
  why_not_ = std::move(why_not);
}

std::optional<Error> Register::WhyNotReady() const {
  const std::lock_guard lock(mutex_);
  return why_not_;
}

}  // namespace epochcost::api::http
