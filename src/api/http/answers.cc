#include "api/http/answers.h"

#include <limits>

#include "base/retell.h"

namespace epochcost::api::http {

Json OfDelta(const RunEntry& entry, const std::optional<Money>& billed) {
  const store::RunStanding& standing = entry.standing;
  Json resources = Json::object();
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = standing.sums.at(static_cast<std::size_t>(info.resource));
    if (sum) resources[std::string(info.name)] = Integer(sum->amount_nano);
  }
  const bool in_epoch =
      standing.scope.kind == ScopeKind::kEpoch && standing.run.state == RunState::kRunning;
  return {{"run_id", Text(standing.run.id.Value())},
          {"project", Text(standing.run.project.Value())},
          {"revision", entry.revision},
          {"state", Name(standing.run.state)},
          {"as_of", ExactUtc(standing.as_of)},
          {"amount", OfMoney(standing.total)},
          {"provisional", OfMoney(standing.provisional)},
          {"billed", billed ? OfMoney(*billed) : Json(nullptr)},
          {"rate", OfRate(entry.rate)},
          {"epoch", in_epoch ? Json(standing.scope.index) : Json(nullptr)},
          {"epochs", standing.closed_epochs},
          {"alerts", standing.notices},
          {"resources_nano", std::move(resources)}};
}

std::optional<Money> ImpactOf(const Notice& notice, const Timeline& line, Currency currency) {
  Wide nano = 0;
  if (notice.kind == NoticeKind::kBudget) {
    nano = SpentBetween(line, notice.at, UtcTime{std::numeric_limits<std::int64_t>::max()});
  } else if (notice.lasted.Count() > 0) {
    nano = SpentBetween(line, notice.at - notice.lasted, notice.at);
  }
  if (nano <= 0) return std::nullopt;
  return Money{nano, currency};
}

Json OfAlert(const Notice& notice, const std::optional<Money>& impact, const AlertVerdict* verdict,
             Language language) {
  Json alert = {{"id", AlertId(notice)},
                {"kind", epochcost::Name(notice.kind)},
                {"severity", SeverityOf(notice.kind)},
                {"at", ExactUtc(notice.at)},
                {"detail", Text(Retell(notice.detail, language))},
                {"hint", TextOrNull(Retell(notice.hint, language))},
                {"impact", impact ? OfMoney(*impact) : Json(nullptr)},
                {"feedback", nullptr}};
  if (verdict != nullptr && !verdict->verdict.empty()) {
    alert["feedback"] = {{"verdict", verdict->verdict},
                         {"at", ExactUtc(verdict->at)},
                         {"note", Text(verdict->note)}};
  }
  return alert;
}

Json OfQuotient(const Money& amount, std::int64_t by) {
  if (by <= 0) return nullptr;
  return OfMoney(FloorDiv(amount.nano * 2 + by, Wide{by} * 2), amount.currency);
}

Nanos DurationOf(const store::RunStanding& standing) {
  if (standing.run.ended) return *standing.run.ended - standing.run.started;
  return standing.as_of == UtcTime{} ? Nanos{} : standing.as_of - standing.t0;
}

Json OfItem(const RunEntry& entry, const std::optional<Money>& billed, const Project* project,
            const Register& runs, const Ports& ports) {
  const store::RunStanding& standing = entry.standing;
  const auto off = standing.run.state == RunState::kFinished && ports.forecast_error_ppm
                       ? ports.forecast_error_ppm(standing)
                       : std::nullopt;
  Json budget = nullptr;
  if (project != nullptr && project->budget) {
    budget = OfBudget(*project, runs.Spent(project->id, project->budget->currency));
  }
  return {{"run", OfRun(standing.run)},
          {"epochs", standing.closed_epochs},
          {"duration_ns", Integer(DurationOf(standing).Count())},
          {"amount", OfMoney(standing.total)},
          {"provisional", OfMoney(standing.provisional)},
          {"billed", billed ? OfMoney(*billed) : Json(nullptr)},
          {"idle", billed ? OfMoney(*billed - standing.total) : Json(nullptr)},
          {"amount_per_epoch", OfQuotient(standing.total, standing.closed_epochs)},
          {"provenance", OfProvenance(ProvenanceOf(standing.sums))},
          {"budget", std::move(budget)},
          {"metric", standing.metric ? OfMetric(*standing.metric) : Json(nullptr)},
          {"forecast_error_ppm", off ? Json(*off) : Json(nullptr)}};
}

}  // namespace epochcost::api::http
