// Runs: the list, one at a glance, its epochs.

#include <algorithm>
#include <map>

#include "api/http/answers.h"
#include "api/http/call.h"
#include "base/text.h"

namespace epochcost::api::http {
namespace {

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// What a visitor asked to see of the runs.
struct Choice {
  std::optional<std::string> project;
  std::optional<std::string> text;
  std::optional<std::string> state;
};

Result<Choice> ChoiceOf(const Query& query) {
  Choice choice;
  auto project = query.Text("project", 128);
  if (!project) return tl::unexpected(project.error());
  auto text = query.Text("text", 256);
  if (!text) return tl::unexpected(text.error());
  choice.state = query.Get("state");
  if (choice.state && *choice.state != "running" && *choice.state != "finished" &&
      *choice.state != "interrupted") {
    return Fail(ErrorCode::kInvalidInput, Say("no such state: {}", *choice.state), "",
                "running, finished, interrupted");
  }
  choice.project = *std::move(project);
  if (*text && !(*text)->empty()) choice.text = Lower(**std::move(text));
  return choice;
}

bool IsChosen(const RunEntry& entry, const Choice& choice) {
  const Run& run = entry.standing.run;
  return (!choice.project || run.project.Value() == *choice.project) &&
         (!choice.state || Name(run.state) == *choice.state) &&
         (!choice.text || entry.searched.find(*choice.text) != std::string::npos);
}

// Sorts by `key`, then by the ledger's order, so that the order is the same every time.
template <class Key>
void SortBy(std::vector<RunEntryPtr>& entries, bool is_descending, Key key) {
  std::ranges::sort(entries, [&](const RunEntryPtr& a, const RunEntryPtr& b) {
    const auto left = std::pair(key(a->standing), a->standing.order);
    const auto right = std::pair(key(b->standing), b->standing.order);
    return is_descending ? right < left : left < right;
  });
}

Result<void> Sort(std::vector<RunEntryPtr>& entries, std::string sort) {
  const bool is_descending = sort.starts_with('-');
  if (is_descending) sort.erase(0, 1);
  if (sort == "started") {
    SortBy(entries, is_descending, [](const store::RunStanding& s) { return s.run.started; });
  } else if (sort == "amount") {
    SortBy(entries, is_descending, [](const store::RunStanding& s) { return s.total.nano; });
  } else if (sort == "duration") {
    SortBy(entries, is_descending, DurationOf);
  } else if (sort == "name") {
    SortBy(entries, is_descending,
           [](const store::RunStanding& s) { return std::string_view(s.run.name); });
  } else {
    return Fail(ErrorCode::kInvalidInput, Say("{} is not a valid {}", sort, "sort"), "",
                "started, amount, duration, name; -started");
  }
  return {};
}

// The cursor is the last run of the page before: what came since moves nothing.
Result<Page> RunPageOf(const Query& query, const std::vector<RunEntryPtr>& entries) {
  const auto limit = query.Integer("limit", 1, 1000, 200);
  if (!limit) return tl::unexpected(limit.error());
  Page page;
  if (const auto cursor = query.Get("cursor")) {
    const auto last = std::ranges::find(
        entries, *cursor, [](const RunEntryPtr& entry) { return entry->standing.run.id.Value(); });
    if (last == entries.end()) {
      return Fail(ErrorCode::kInvalidInput, Say("the cursor is not of this list"),
                  Say("it is `next` of the page before, with the same parameters"), "");
    }
    page.begin = static_cast<std::size_t>(last - entries.begin()) + 1;
  }
  page.end = std::min(page.begin + static_cast<std::size_t>(*limit), entries.size());
  if (page.end < entries.size()) page.next = entries[page.end - 1]->standing.run.id.Value();
  return page;
}

std::vector<MetricPoint> MetricsOf(const RunCost& cost, const EpochCost& epoch) {
  std::vector<MetricPoint> metrics;
  if (epoch.scope.kind != ScopeKind::kEpoch) return metrics;
  for (const MetricPoint& metric : cost.metrics) {
    if (metric.epoch == epoch.scope.index) metrics.push_back(metric);
  }
  return metrics;
}

Json OfPhases(const RunCost& cost) {
  Json phases = Json::array();
  for (const EpochCost& phase : cost.phases) phases.push_back(OfScope(phase, {}));
  return phases;
}

Json OfTotal(const RunCost& cost) {
  return {{"duration_ns", Integer(WallTime(cost).Count())},
          {"held_ns", Integer(HeldTime(cost).Count())},
          {"memory_average_bytes", Integer(AverageMemory(cost.sums, HeldTime(cost)))},
          {"network_bytes", Integer(NetworkBytes(cost.sums))},
          {"amount", OfMoney(cost.total)},
          {"billed", OfMoney(cost.billed)},
          {"idle", OfMoney(cost.idle)},
          {"provisional", OfMoney(cost.provisional)}};
}

Json OfProgress(const RunCost& cost) {
  const auto closed = std::ranges::count_if(
      cost.epochs, [](const EpochCost& epoch) { return !epoch.is_open && epoch.is_complete; });
  const auto open = std::ranges::find_if(cost.epochs, &EpochCost::is_open);
  return {{"count", cost.epochs.size()},
          {"closed", closed},
          {"planned", cost.run.planned_epochs ? Json(*cost.run.planned_epochs) : Json(nullptr)},
          {"current", open == cost.epochs.end() ? Json(nullptr) : Json(open->scope.index)}};
}

// null where the project has none, or nobody knows the project.
Result<Json> BudgetOf(const Call& call, const Run& run) {
  const auto project =
      call.desk.library.With([&](store::Store& ledger) { return ledger.GetProject(run.project); });
  if (!project && project.error().code == ErrorCode::kNotFound) return Json(nullptr);
  if (!project) return tl::unexpected(project.error());
  if (!project->budget) return Json(nullptr);
  return OfBudget(*project, call.desk.runs.Spent(run.project, project->budget->currency));
}

std::string_view HeadlineOf(const RunCost& cost) {
  const bool is_billed = !cost.sheets.empty() && cost.sheets.back().headline == Headline::kBilled;
  return is_billed ? "billed" : "used";
}

// Neighbouring epochs [first, last] as one.
Json OfGroup(std::span<const EpochCost> epochs) {
  Wide duration = 0;
  Wide held = 0;
  Wide steps = 0;
  Wide amount = 0;
  Wide provisional = 0;
  ResourceSums sums;
  UtcTime t0 = epochs.front().t0;
  UtcTime t1 = epochs.front().t1;
  Quality quality = Quality::kMeasured;
  for (const EpochCost& epoch : epochs) {
    duration += (epoch.t1 - epoch.t0).Count();
    held += epoch.held.Count();
    steps += epoch.steps;
    amount += epoch.total.nano;
    provisional += epoch.provisional.nano;
    t0 = std::min(t0, epoch.t0);
    t1 = std::max(t1, epoch.t1);
    for (std::size_t r = 0; r < kResourceCount; ++r) {
      const auto& sum = epoch.sums.at(r);
      if (!sum) continue;
      if (!sums.at(r)) sums.at(r).emplace();
      sums.at(r)->amount_nano += sum->amount_nano;
      quality = Worse(quality, sum->quality);
    }
  }
  Json nano = Json::object();
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = sums.at(static_cast<std::size_t>(info.resource));
    nano[std::string(info.name)] = sum ? Integer(sum->amount_nano) : Json(nullptr);
  }
  const Currency currency = epochs.front().total.currency;
  return {{"first", epochs.front().scope.index},
          {"last", epochs.back().scope.index},
          {"t0", ExactUtc(t0)},
          {"t1", ExactUtc(t1)},
          {"duration_ns", Integer(duration)},
          {"held_ns", Integer(held)},
          {"steps", Integer(steps)},
          {"is_open", epochs.back().is_open},
          {"amount", OfMoney(amount, currency)},
          {"provisional", OfMoney(provisional, currency)},
          {"quality", epochcost::Name(quality)},
          {"nano", std::move(nano)}};
}

Money SumOf(const std::vector<EpochCost>& scopes, Currency currency) {
  Money sum{0, currency};
  for (const EpochCost& scope : scopes) sum.nano += scope.total.nano;
  return sum;
}

}  // namespace

Result<Answer> ListRuns(const Call& call) {
  const auto choice = ChoiceOf(call.query);
  if (!choice) return tl::unexpected(choice.error());
  std::vector<RunEntryPtr> all = call.desk.runs.All();
  std::erase_if(all, [&](const RunEntryPtr& entry) {
    return !MaySee(call.visitor, entry->standing.run.project);
  });
  Json projects = Json::array();
  std::map<std::string, bool> names;
  for (const RunEntryPtr& entry : all) names[entry->standing.run.project.Value()] = true;
  for (const auto& [name, there] : names) projects.push_back(Text(name));
  std::erase_if(all, [&](const RunEntryPtr& entry) { return !IsChosen(*entry, *choice); });
  if (const auto sorted = Sort(all, call.query.Get("sort").value_or("-started")); !sorted)
    return tl::unexpected(sorted.error());
  const auto page = RunPageOf(call.query, all);
  if (!page) return tl::unexpected(page.error());
  std::map<std::string, Wide> totals;
  for (const RunEntryPtr& entry : all) {
    totals[std::string(entry->standing.total.currency.Code())] += entry->standing.total.nano;
  }
  Json sums = Json::array();
  for (const auto& [code, nano] : totals) {
    sums.push_back({{"nano", ToString(nano)}, {"currency", code}});
  }
  const auto document = [&](Json items) {
    Json json = Versioned();
    json["items"] = std::move(items);
    json["total"] = all.size();
    json["next"] = page->next;
    json["totals"] = std::move(sums);
    json["projects"] = std::move(projects);
    return JsonAnswer(json);
  };
  // Before anything was metered there is no ledger, and that is no fault.
  const auto why_not = call.desk.runs.WhyNotReady();
  if (why_not && why_not->code == ErrorCode::kNotFound) return document(Json::array());
  return call.desk.library.With([&](store::Store& ledger) -> Result<Answer> {
    std::vector<const store::RunStanding*> standings;
    for (std::size_t i = page->begin; i < page->end; ++i) standings.push_back(&all[i]->standing);
    const auto billed = call.desk.ports.billed(ledger, standings, call.desk.ports.clock->Utc());
    if (!billed) return tl::unexpected(billed.error());
    std::map<ProjectId, std::optional<Project>> budgets;
    Json items = Json::array();
    for (std::size_t i = page->begin; i < page->end; ++i) {
      const ProjectId& id = all[i]->standing.run.project;
      const auto [slot, is_new] = budgets.try_emplace(id);
      if (is_new) {
        auto project = ledger.GetProject(id);
        if (project)
          slot->second = *std::move(project);
        else if (project.error().code != ErrorCode::kNotFound)
          return tl::unexpected(project.error());
      }
      items.push_back(OfItem(*all[i], (*billed)[i - page->begin],
                             slot->second ? &*slot->second : nullptr, call.desk.runs,
                             call.desk.ports));
    }
    return document(std::move(items));
  });
}

Result<Answer> GetOverview(const Call& call) {
  const auto entry = RunOf(call);
  if (!entry) return tl::unexpected(entry.error());
  const auto kept = call.desk.library.CostOf(**entry);
  if (!kept) return tl::unexpected(kept.error());
  const RunCost& cost = **kept;
  const auto budget = BudgetOf(call, cost.run);
  if (!budget) return tl::unexpected(budget.error());
  Json prices = Json::array();
  for (const PriceSheet& sheet : cost.sheets) prices.push_back(OfSheet(sheet));
  Json json = Versioned();
  json["revision"] = (*entry)->revision;
  json["as_of"] = ExactUtc((*entry)->standing.as_of);
  json["run"] = OfRun(cost.run);
  json["headline"] = HeadlineOf(cost);
  json["total"] = OfTotal(cost);
  json["resources"] = OfResources(cost.sums, cost.total.currency);
  json["terms"] = OfTerms(cost.sums, cost.total.currency);
  json["provenance"] = OfProvenance(ProvenanceOf(cost.sums));
  json["rate"] = OfRate((*entry)->rate);
  json["epochs"] = OfProgress(cost);
  json["last_epoch"] = cost.epochs.empty()
                           ? Json(nullptr)
                           : OfScope(cost.epochs.back(), MetricsOf(cost, cost.epochs.back()));
  json["phases"] = OfPhases(cost);
  json["replicas"] = OfReplicas(cost.replicas);
  json["budget"] = *budget;
  json["prices"] = std::move(prices);
  json["alerts"] = cost.notices.size();
  return JsonAnswer(json);
}

Result<Answer> ListEpochs(const Call& call) {
  const auto entry = RunOf(call);
  if (!entry) return tl::unexpected(entry.error());
  const std::string order = call.query.Get("order").value_or("asc");
  if (order != "asc" && order != "desc") {
    return Fail(ErrorCode::kInvalidInput, Say("{} is not a valid {}", order, "order"), "",
                "asc, desc");
  }
  const auto kept = call.desk.library.CostOf(**entry);
  if (!kept) return tl::unexpected(kept.error());
  const RunCost& cost = **kept;
  const auto page = PageOf(call.query, cost.epochs.size());
  if (!page) return tl::unexpected(page.error());
  Json items = Json::array();
  for (std::size_t i = page->begin; i < page->end; ++i) {
    const EpochCost& epoch = cost.epochs[order == "asc" ? i : cost.epochs.size() - 1 - i];
    items.push_back(OfScope(epoch, MetricsOf(cost, epoch)));
  }
  const Currency currency = cost.total.currency;
  Json json = Versioned();
  json["run_id"] = Text(cost.run.id.Value());
  json["revision"] = (*entry)->revision;
  json["items"] = std::move(items);
  json["total"] = cost.epochs.size();
  json["next"] = page->next;
  json["epochs_amount"] = OfMoney(SumOf(cost.epochs, currency));
  json["phases_amount"] = OfMoney(SumOf(cost.phases, currency));
  json["amount"] = OfMoney(cost.total);
  return JsonAnswer(json);
}

Result<Answer> GetComposition(const Call& call) {
  const auto entry = RunOf(call);
  if (!entry) return tl::unexpected(entry.error());
  const auto most = call.query.Integer("groups", 1, 2000, 240);
  if (!most) return tl::unexpected(most.error());
  constexpr std::int64_t kLargestIndex = std::int64_t{1} << 53;
  const auto from = call.query.Integer("from", 0, kLargestIndex, 0);
  if (!from) return tl::unexpected(from.error());
  const auto to = call.query.Integer("to", *from, kLargestIndex, kLargestIndex);
  if (!to) return tl::unexpected(to.error());
  const auto kept = call.desk.library.CostOf(**entry);
  if (!kept) return tl::unexpected(kept.error());
  const RunCost& cost = **kept;
  const auto index = [](const EpochCost& epoch) { return epoch.scope.index; };
  const auto first = std::ranges::lower_bound(cost.epochs, *from, {}, index);
  const auto last = std::ranges::upper_bound(cost.epochs, *to, {}, index);
  const auto count = static_cast<std::size_t>(last - first);
  const std::size_t size = std::max<std::size_t>(
      1, (count + static_cast<std::size_t>(*most) - 1) / static_cast<std::size_t>(*most));
  Json groups = Json::array();
  for (std::size_t i = 0; i < count; i += size) {
    groups.push_back(OfGroup({first + static_cast<std::ptrdiff_t>(i), std::min(size, count - i)}));
  }
  Json json = Versioned();
  json["run_id"] = Text(cost.run.id.Value());
  json["revision"] = (*entry)->revision;
  json["currency"] = cost.total.currency.Code();
  json["groups"] = std::move(groups);
  json["phases"] = OfPhases(cost);
  json["amount"] = OfMoney(cost.total);
  return JsonAnswer(json);
}

}  // namespace epochcost::api::http
