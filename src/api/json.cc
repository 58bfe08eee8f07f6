#include "api/json.h"

#include <map>

#include "api/json_parts.h"

namespace epochcost::api {
namespace {

std::string Write(const Json& json) { return json.dump(); }

Json Opening(std::string_view type) { return {{"schema_version", kSchemaVersion}, {"type", type}}; }

// The quantities of a scope, a replica or a run: one key each, whatever was metered.
void PutQuantities(Json& into, const ResourceSums& sums, Nanos held) {
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = sums.at(static_cast<std::size_t>(info.resource));
    into[std::string(info.quantity_name)] = sum ? Integer(sum->quantity) : Json(nullptr);
    if (info.resource == Resource::kMemory) {
      into["memory_average_bytes"] = Integer(AverageMemory(sums, held));
    }
    if (info.resource == Resource::kNetworkOut) into["network_bytes"] = Integer(NetworkBytes(sums));
  }
}

Json OfResources(const ResourceSums& sums) {
  Json all = Json::object();
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = sums.at(static_cast<std::size_t>(info.resource));
    if (!sum) {
      all[std::string(info.name)] = nullptr;
      continue;
    }
    all[std::string(info.name)] = Json{{std::string(info.quantity_name), Integer(sum->quantity)},
                                       {"amount_nano", Integer(sum->amount_nano)},
                                       {"lines", sum->lines},
                                       {"quality", epochcost::Name(sum->quality)},
                                       {"source", Info(sum->source).name}};
  }
  return all;
}

void PutScope(Json& into, const EpochCost& epoch) {
  if (epoch.scope.kind != ScopeKind::kEpoch) into["kind"] = epochcost::Name(epoch.scope.kind);
  into["index"] = Integer(epoch.scope.index);
  into["t0"] = ExactUtc(epoch.t0);
  into["t1"] = ExactUtc(epoch.t1);
  into["duration_ns"] = Integer((epoch.t1 - epoch.t0).Count());
  into["held_ns"] = Integer(epoch.held.Count());
  into["replicas"] = epoch.replicas;
  into["is_open"] = epoch.is_open;
  into["is_complete"] = epoch.is_complete;
  into["steps"] = Integer(epoch.steps);
  PutQuantities(into, epoch.sums, epoch.held);
  into["amount_nano"] = Integer(epoch.total.nano);
  into["provisional_nano"] = Integer(epoch.provisional.nano);
  into["resources"] = OfResources(epoch.sums);
}

Json OfScopes(const std::vector<EpochCost>& scopes) {
  Json all = Json::array();
  for (const EpochCost& scope : scopes) {
    Json one = Json::object();
    PutScope(one, scope);
    all.push_back(std::move(one));
  }
  return all;
}

Json OfReplicas(const RunCost& cost) {
  Json all = Json::array();
  for (const ReplicaCost& replica : cost.replicas) {
    Json one = {{"replica", replica.replica}};
    PutQuantities(one, replica.sums, HeldTime(cost));
    one["amount_nano"] = Integer(replica.total.nano);
    one["resources"] = OfResources(replica.sums);
    all.push_back(std::move(one));
  }
  return all;
}

Json OfTotal(const RunCost& cost) {
  Json total = {{"duration_ns", Integer(WallTime(cost).Count())},
                {"held_ns", Integer(HeldTime(cost).Count())}};
  PutQuantities(total, cost.sums, HeldTime(cost));
  total["amount_nano"] = Integer(cost.total.nano);
  total["billed_nano"] = Integer(cost.billed.nano);
  total["idle_nano"] = Integer(cost.idle.nano);
  total["provisional_nano"] = Integer(cost.provisional.nano);
  return total;
}

template <class Things, class Of>
Json List(const Things& things, Of of) {
  Json all = Json::array();
  for (const auto& thing : things) all.push_back(of(thing));
  return all;
}

}  // namespace

std::string CostJson(const RunCost& cost) {
  return Write({{"schema_version", kSchemaVersion},
                {"run", OfRun(cost.run)},
                {"currency", cost.total.currency.Code()},
                {"epochs", OfScopes(cost.epochs)},
                {"phases", OfScopes(cost.phases)},
                {"replicas", OfReplicas(cost)},
                {"resources", OfResources(cost.sums)},
                {"total", OfTotal(cost)},
                {"notices", List(cost.notices, OfNotice)},
                {"metrics", List(cost.metrics, OfMetric)},
                {"prices", List(cost.sheets, OfSheet)}});
}

std::string EpochJson(const Run& run, const EpochCost& epoch, const Money& run_total) {
  Json json = Opening(epoch.scope.kind == ScopeKind::kEpoch ? "epoch" : "phase");
  json["run_id"] = Text(run.id.Value());
  json["currency"] = epoch.total.currency.Code();
  PutScope(json, epoch);
  json["run_amount_nano"] = Integer(run_total.nano);
  return Write(json);
}

std::string RunsJson(const std::vector<RunSummary>& runs) {
  Json list = Json::array();
  std::map<std::string, Wide> totals;  // sums of two currencies are no sum
  for (const RunSummary& summary : runs) {
    Json one = OfRun(summary.run);
    one["epochs"] = summary.epochs;
    one["duration_ns"] = Integer(summary.duration.Count());
    one["amount_nano"] = Integer(summary.total.nano);
    one["provisional_nano"] = Integer(summary.provisional.nano);
    list.push_back(std::move(one));
    totals[std::string(summary.total.currency.Code())] += summary.total.nano;
  }
  Json sums = Json::array();
  for (const auto& [currency, nano] : totals) {
    sums.push_back(Json{{"currency", currency}, {"amount_nano", Integer(nano)}});
  }
  return Write({{"schema_version", kSchemaVersion}, {"runs", list}, {"totals", sums}});
}

std::string LineJson(const LedgerLine& line) {
  const UsageLine& usage = line.usage;
  Json json = Opening("ledger_line");
  json["project"] = Text(usage.id.project.Value());
  json["agent"] = Text(usage.id.agent.Value());
  json["boot"] = Text(usage.id.boot.Value());
  json["seq"] = Integer(usage.id.seq);
  json["resource"] = Info(usage.id.resource).name;
  json["run_id"] = Text(usage.run.Value());
  json["replica"] = usage.replica;
  json["scope"] = epochcost::Name(usage.scope.kind);
  json["index"] = Integer(usage.scope.index);
  json["kind"] = usage.kind == LineKind::kUsage ? "usage" : "memory_close";
  json["t0"] = ExactUtc(usage.t0);
  json["t1"] = ExactUtc(usage.t1);
  json["u0"] = Integer(usage.u0);
  json["u1"] = Integer(usage.u1);
  json["unit"] = Info(usage.id.resource).quantity_name;
  json["quality"] = epochcost::Name(usage.quality);
  json["source"] = Info(usage.source).name;
  json["sheet"] = Text(line.sheet.Value());
  json["sheet_version"] = line.sheet_version;
  json["amount_nano"] = Integer(line.amount.Count());
  return Write(json);
}

std::string NoticeJson(const Notice& notice) {
  Json json = Opening("notice");
  json.update(OfNotice(notice));
  return Write(json);
}

std::string SheetsJson(const std::vector<PriceSheet>& sheets) {
  return Write({{"schema_version", kSchemaVersion}, {"prices", List(sheets, OfSheet)}});
}

std::string ErrorJson(const Error& error) {
  return Write({{"schema_version", kSchemaVersion},
                {"error",
                 {{"what", Text(error.what)},
                  {"why", TextOrNull(error.why)},
                  {"hint", TextOrNull(error.hint)}}}});
}

}  // namespace epochcost::api
