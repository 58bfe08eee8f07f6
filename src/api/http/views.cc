#include "api/http/views.h"

#include <fmt/format.h>

namespace epochcost::api::http {

Json OfMoney(Wide nano, Currency currency) {
  return {{"nano", ToString(nano)}, {"currency", currency.Code()}};
}

Json OfMoney(const Money& money) { return OfMoney(money.nano, money.currency); }

std::string_view BaseUnit(Resource resource) {
  const std::string_view name = Info(resource).quantity_name;
  if (name.ends_with("_byte_ms")) return "byte_ms";
  if (name.ends_with("_ns")) return "ns";
  return name.ends_with("_uj") ? "uj" : "bytes";
}

Json OfResources(const ResourceSums& sums, Currency currency) {
  Json all = Json::object();
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = sums.at(static_cast<std::size_t>(info.resource));
    all[std::string(info.name)] = sum ? Json{{"quantity", Integer(sum->quantity)},
                                             {"unit", BaseUnit(info.resource)},
                                             {"amount", OfMoney(sum->amount_nano, currency)},
                                             {"lines", sum->lines},
                                             {"quality", epochcost::Name(sum->quality)},
                                             {"source", Info(sum->source).name}}
                                      : Json(nullptr);
  }
  return all;
}

Json OfProvenance(const Provenance& provenance) {
  return {{"measured", provenance.permille[0]},
          {"modelled", provenance.permille[1]},
          {"assumed", provenance.permille[2]}};
}

Json OfScope(const EpochCost& epoch, const std::vector<MetricPoint>& metrics) {
  Json told = Json::array();
  for (const MetricPoint& metric : metrics) told.push_back(OfMetric(metric));
  return {{"kind", epochcost::Name(epoch.scope.kind)},
          {"index", Integer(epoch.scope.index)},
          {"t0", ExactUtc(epoch.t0)},
          {"t1", ExactUtc(epoch.t1)},
          {"duration_ns", Integer((epoch.t1 - epoch.t0).Count())},
          {"held_ns", Integer(epoch.held.Count())},
          {"replicas", epoch.replicas},
          {"is_open", epoch.is_open},
          {"is_complete", epoch.is_complete},
          {"steps", Integer(epoch.steps)},
          {"memory_average_bytes", Integer(AverageMemory(epoch.sums, epoch.held))},
          {"network_bytes", Integer(NetworkBytes(epoch.sums))},
          {"amount", OfMoney(epoch.total)},
          {"provisional", OfMoney(epoch.provisional)},
          {"resources", OfResources(epoch.sums, epoch.total.currency)},
          {"metrics", std::move(told)}};
}

Json OfTerms(const ResourceSums& sums, Currency currency) {
  Json all = Json::array();
  for (const Term term : kTerms) {
    const auto sum = SumOf(sums, term, currency);
    if (!sum) continue;
    const bool is_time = term == Term::kGpu || term == Term::kCpu;
    all.push_back({{"term", epochcost::Name(term)},
                   {"amount", OfMoney(sum->amount)},
                   {"quantity", Integer(sum->quantity)},
                   {"unit", is_time                 ? "ns"
                            : term == Term::kMemory ? "byte_ms"
                                                    : "bytes"},
                   {"quality", epochcost::Name(sum->quality)},
                   {"source", Info(sum->source).name}});
  }
  return all;
}

Json OfReplicas(const std::vector<ReplicaCost>& replicas) {
  Json all = Json::array();
  for (const ReplicaCost& replica : replicas) {
    all.push_back({{"replica", replica.replica},
                   {"amount", OfMoney(replica.total)},
                   {"resources", OfResources(replica.sums, replica.total.currency)}});
  }
  return all;
}

Json OfBudget(const Project& project, const Money& spent) {
  if (!project.budget) return nullptr;
  const Money& limit = *project.budget;
  const bool comparable = limit.currency == spent.currency;
  const auto share = limit.nano > 0 && comparable
                         ? std::optional<Wide>(FloorDiv(spent.nano * 1'000'000, limit.nano))
                         : std::nullopt;
  return {{"limit", OfMoney(limit)},
          {"spent", OfMoney(spent)},
          {"threshold_ppm", project.threshold_ppm},
          {"share_ppm", Integer(share)},
          {"is_over_threshold", share && *share >= project.threshold_ppm},
          {"is_over", comparable && spent.nano >= limit.nano}};
}

Json OfRate(const std::optional<SpendingRate>& rate) {
  if (!rate) return nullptr;
  return {{"per_hour", OfMoney(rate->per_hour)},
          {"window_ns", Integer(rate->window.Count())},
          {"as_of", ExactUtc(rate->as_of)},
          {"quality", epochcost::Name(rate->quality)}};
}

std::string AlertId(const Notice& notice) {
  std::uint64_t hash = 14695981039346656037ULL;
  const std::string text =
      fmt::format("{} {} {}", notice.at.ns, epochcost::Name(notice.kind), notice.detail);
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return fmt::format("{:016x}", hash);
}

std::string_view SeverityOf(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kBudget:
    case NoticeKind::kCommitFailed:
      return "critical";
    case NoticeKind::kSourceLost:
    case NoticeKind::kCounterReset:
    case NoticeKind::kGap:
    case NoticeKind::kClockJump:
    case NoticeKind::kSuspended:
    case NoticeKind::kMeterRestarted:
    case NoticeKind::kMarkRejected:
    case NoticeKind::kDegraded:
      return "warning";
    case NoticeKind::kSourceChosen:
    case NoticeKind::kSourceBack:
    case NoticeKind::kMarksFolded:
    case NoticeKind::kPriceChanged:
      break;
  }
  return "info";
}

}  // namespace epochcost::api::http
