#include "app/narrator.h"

#include <fmt/format.h>

#include <fstream>
#include <utility>

#include "api/forecast_json.h"
#include "api/forecast_text.h"
#include "api/json.h"
#include "api/report.h"
#include "api/terminal.h"
#include "app/billing.h"
#include "base/log.h"
#include "base/text.h"
#include "model/replica.h"

namespace epochcost::app {
namespace {

// More epochs than this in one commit are told in one line.
constexpr std::size_t kLinesPerCommit = 3;

api::Style StyleOf(const RunOrder& order) {
  api::Style style;
  style.colour = order.colour;
  style.width = order.width;
  return style;
}

void Add(EpochCost& epoch, const LedgerLine& line) {
  const UsageLine& usage = line.usage;
  std::optional<ResourceSum>& slot = epoch.sums.at(static_cast<std::size_t>(usage.id.resource));
  const bool is_first = !slot;
  if (is_first) slot.emplace();
  if (usage.kind == LineKind::kUsage) slot->quantity += usage.u1 - usage.u0;
  slot->amount_nano += line.amount.Count();
  slot->lines += 1;
  slot->quality = is_first ? usage.quality : Worse(slot->quality, usage.quality);
  slot->source = usage.source;
  epoch.t0 = epoch.t0 == UtcTime{} ? usage.t0 : std::min(epoch.t0, usage.t0);
  epoch.t1 = std::max(epoch.t1, usage.t1);
  epoch.held = epoch.t1 - epoch.t0;
  epoch.total.nano += line.amount.Count();
}

// What was forecast on the way; nothing where nothing was, or cannot be read.
std::string ForecastLine(const std::string& ledger, const RunCost& cost, const api::Style& style) {
  const auto forecasts = ForecastsIn(ledger);
  if (!forecasts) return {};
  const auto scores = ScoresOf(**forecasts, cost);
  return scores ? api::FinalScoreLine(cost, *scores, style) : "";
}

}  // namespace

void Narrator::Say(const std::string& lines) {
  if (!lines.empty()) print_(lines + "\n");
}

void Narrator::TellStart(const PriceSheet& sheet, const std::vector<std::string>& sources) {
  if (order_.quiet || order_.output != "text") return;
  Say(api::HeaderLines(order_.run, sheet, sources, StyleOf(order_)));
  if (!order_.page.empty()) Say(epochcost::Say("the page: {}", order_.page));
}

void Narrator::TellEpochs(const Kept& kept, Keeper& keeper, UtcTime now) {
  for (const LedgerLine& line : kept.sealed) {
    auto& [epoch, replicas] = open_[line.usage.scope];
    if (line.usage.replica != kSharedReplica) replicas.insert(line.usage.replica);
    epoch.replicas = std::max<std::int64_t>(1, std::ssize(replicas));
    epoch.scope = line.usage.scope;
    epoch.total.currency = epoch.provisional.currency = order_.run.currency;
    Add(epoch, line);
  }
  std::vector<EpochCost> closed;
  for (const Scope& scope : kept.closed) {
    const auto found = open_.find(scope);
    if (found == open_.end()) continue;
    if (scope.kind == ScopeKind::kEpoch) closed.push_back(found->second.cost);
    open_.erase(found);
  }
  const auto forecast =
      closed.empty() ? std::nullopt
                     : forecast_.AfterEpoch(keeper.Ledger(), keeper.Path(), order_.run.id, now);
  if (order_.quiet || order_.output == "json") return;
  if (order_.output == "ndjson") {
    for (const EpochCost& epoch : closed) Say(api::EpochJson(order_.run, epoch, kept.booked));
    if (forecast) Say(api::ForecastJson(*forecast));
  } else if (closed.size() <= kLinesPerCommit) {
    for (const EpochCost& epoch : closed) {
      const bool is_last = &epoch == &closed.back();
      Say(api::EpochLine(order_.run, epoch, kept.booked, StyleOf(order_)) +
          (is_last && forecast ? "  " + api::ForecastPhrase(*forecast, StyleOf(order_)) : ""));
    }
  } else {
    Money sum{0, order_.run.currency};
    for (const EpochCost& epoch : closed) sum += epoch.total;
    Say(epochcost::Say("epochs {}–{}: {} in all, total {}", closed.front().scope.index + 1,
                       closed.back().scope.index + 1, Format(sum), Format(kept.booked)));
  }
}

void Narrator::TellBudget(const Project& project, const Money& spent, Keeper& keeper, UtcTime now) {
  if (!project.budget || project.budget->currency != spent.currency) return;
  const Wide budget = project.budget->nano;
  const bool over = spent.nano >= budget;
  const bool near = spent.nano * 1'000'000 >= budget * project.threshold_ppm;
  if ((!near || told_threshold_) && (!over || told_budget_)) return;
  const auto told = [&](const std::string& english, const std::string& shown) {
    keeper.Tell({NoticeKind::kBudget, now, english, "raise the budget, or stop the training"});
    if (order_.output == "text") Say(shown);
  };
  if (over && !std::exchange(told_budget_, true)) {
    told_threshold_ = true;
    told(fmt::format("project {} spent {} of its budget of {}", project.id.Value(), Format(spent),
                     Format(*project.budget)),
         epochcost::Say("▲ budget exceeded: {} of {} spent", Format(spent),
                        Format(*project.budget)));
  } else if (near && !std::exchange(told_threshold_, true)) {
    told(fmt::format("project {} spent {}, {} % of its budget of {}", project.id.Value(),
                     Format(spent), static_cast<std::int64_t>(spent.nano * 100 / budget),
                     Format(*project.budget)),
         epochcost::Say("● {} % of the budget is spent: {} of {}",
                        static_cast<std::int64_t>(spent.nano * 100 / budget), Format(spent),
                        Format(*project.budget)));
  }
}

std::string Narrator::TellEnd(Keeper& keeper, const RunFolder& folder, bool everything_is_kept,
                              UtcTime now) {
  std::string lost =
      everything_is_kept
          ? ""
          : Describe(Error{ErrorCode::kUnavailable,
                           epochcost::Say("the last lines of this run could not be kept"),
                           epochcost::Say("see {}", folder.Log()),
                           {}}) +
                "\n";
  auto cost = keeper.Ledger().Cost(order_.run.id);
  if (!cost) return lost + Describe(cost.error()) + "\n";
  if (const auto filled = FillBilling(keeper.Ledger(), *cost, now); !filled)
    LogWarning("{}", filled.error().what);
  api::Places places{
      .report = folder.path + "/report.html", .ledger = keeper.Path(), .page = order_.page};
  std::ofstream report(places.report);
  report << api::ReportHtml(*cost);
  if (!report.flush()) places.report.clear();
  if (order_.output != "text") return lost + api::CostJson(*cost) + "\n";
  if (order_.quiet) return lost;
  std::string block = api::FinalBlock(*cost, places, StyleOf(order_));
  if (const std::string line = ForecastLine(keeper.Path(), *cost, StyleOf(order_)); !line.empty())
    block += "\n" + line;
  return lost + block + "\n";
}

}  // namespace epochcost::app
