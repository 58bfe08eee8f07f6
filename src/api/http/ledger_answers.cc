// What is not of one run: prices, projects, the calculator, the machine, the server itself.

#include <fmt/format.h>

#include <map>

#include "api/cost_csv.h"
#include "api/escape.h"
#include "api/http/answers.h"
#include "api/http/call.h"
#include "api/http/embedded.h"
#include "api/json.h"
#include "api/report.h"
#include "base/text.h"

namespace epochcost::api::http {
namespace {

Answer Document(std::string body) {
  Answer answer;
  answer.body = std::move(body);
  return answer;
}

Answer Plain(std::string body) {
  Answer answer;
  answer.content_type = "text/plain; charset=utf-8";
  answer.body = std::move(body);
  answer.caching = Caching::kNever;
  return answer;
}

template <class Make>
Result<Answer> Export(const Call& call, std::string_view content_type, std::string_view ending,
                      Make make) {
  const auto entry = RunOf(call);
  if (!entry) return tl::unexpected(entry.error());
  const auto kept = call.desk.library.CostOf(**entry);
  if (!kept) return tl::unexpected(kept.error());
  Answer answer;
  answer.content_type = content_type;
  answer.body = make(**kept);
  answer.file_name = fmt::format("epochcost-{}.{}", (*kept)->run.id.Value(), ending);
  answer.is_foreign_page = ending == "html";
  return answer;
}

// A label's value in Prometheus' text format.
std::string ForLabel(std::string_view text) {
  std::string safe;
  for (const char c : ForTerminal(text, 128)) {
    if (c == '\\' || c == '"') safe += '\\';
    safe += c;
  }
  return safe;
}

struct ProjectSums {
  std::map<std::string, Wide> totals;                               // by currency
  std::map<std::pair<std::string, std::string>, Wide> by_resource;  // currency, resource
  std::int64_t runs = 0;
  std::int64_t running = 0;
  std::int64_t epochs = 0;
};

std::map<ProjectId, ProjectSums> SumsOf(const Call& call) {
  std::map<ProjectId, ProjectSums> projects;
  for (const RunEntryPtr& entry : call.desk.runs.All()) {
    const store::RunStanding& standing = entry->standing;
    if (!MaySee(call.visitor, standing.run.project)) continue;
    ProjectSums& sums = projects[standing.run.project];
    const std::string code{standing.total.currency.Code()};
    sums.totals[code] += standing.total.nano;
    sums.runs += 1;
    sums.running += standing.run.state == RunState::kRunning ? 1 : 0;
    sums.epochs += standing.closed_epochs;
    for (const ResourceInfo& info : Resources()) {
      const auto& sum = standing.sums.at(static_cast<std::size_t>(info.resource));
      if (sum) sums.by_resource[{code, std::string(info.name)}] += sum->amount_nano;
    }
  }
  return projects;
}

}  // namespace

Result<Answer> ExportCsv(const Call& call) {
  return Export(call, "text/csv; charset=utf-8", "csv",
                [](const RunCost& cost) { return CostCsv(cost); });
}

Result<Answer> ExportJson(const Call& call) {
  return Export(call, "application/json", "json",
                [](const RunCost& cost) { return CostJson(cost); });
}

Result<Answer> ExportHtml(const Call& call) {
  return Export(call, "text/html; charset=utf-8", "html",
                [](const RunCost& cost) { return ReportHtml(cost); });
}

Result<Answer> ListPrices(const Call& call) {
  const auto sheets = call.desk.library.With([](store::Store& ledger) { return ledger.Sheets(); });
  // Before anything was metered there is no ledger, and no sheet in it.
  if (!sheets && sheets.error().code == ErrorCode::kNotFound) return Document(SheetsJson({}));
  if (!sheets) return tl::unexpected(sheets.error());
  return Document(SheetsJson(*sheets));
}

Result<Answer> ListProjects(const Call& call) {
  return call.desk.library.With([&](store::Store& ledger) -> Result<Answer> {
    Json items = Json::array();
    for (const auto& [id, sums] : SumsOf(call)) {
      const auto project = ledger.GetProject(id);
      if (!project && project.error().code != ErrorCode::kNotFound)
        return tl::unexpected(project.error());
      Json budget = nullptr;
      if (project && project->budget) {
        budget = OfBudget(*project, call.desk.runs.Spent(id, project->budget->currency));
      }
      Json totals = Json::array();
      for (const auto& [code, nano] : sums.totals) {
        totals.push_back({{"nano", ToString(nano)}, {"currency", code}});
      }
      items.push_back({{"id", Text(id.Value())},
                       {"runs", sums.runs},
                       {"totals", std::move(totals)},
                       {"budget", std::move(budget)}});
    }
    Json json = Versioned();
    json["items"] = std::move(items);
    return JsonAnswer(json);
  });
}

Result<Answer> ListPresets(const Call& call) {
  auto presets = call.desk.ports.presets();
  if (!presets) return tl::unexpected(presets.error());
  return Document(*std::move(presets));
}

Result<Answer> PostDemo(const Call& call) {
  if (call.visitor.project) {
    return Fail(ErrorCode::kPermission, Say("this token sees one project only"),
                Say("a demonstration is a run of another"), "");
  }
  if (auto started = call.desk.ports.demo(); !started) return tl::unexpected(started.error());
  Json json = Versioned();
  json["project"] = "demo";
  Answer answer = JsonAnswer(json);
  answer.caching = Caching::kNever;
  return answer;
}

Result<Answer> GetDoctor(const Call& call) {
  if (call.visitor.project) {
    return Fail(ErrorCode::kPermission, Say("this token sees one project only"),
                Say("the machine belongs to all of them"), "");
  }
  auto doctor = call.desk.ports.doctor();
  if (!doctor) return tl::unexpected(doctor.error());
  return Document(*std::move(doctor));
}

Result<Answer> GetSession(const Call& call) {
  const bool is_chinese = CurrentLanguage() == Language::kChinese;
  Json json = Versioned();
  json["version"] = call.desk.ports.version;
  json["project"] = call.visitor.project ? Text(call.visitor.project->Value()) : Json(nullptr);
  json["csrf"] = call.visitor.csrf;
  json["language"] = is_chinese ? "zh-CN" : "en";
  json["now"] = ExactUtc(call.desk.ports.clock->Utc());
  Answer answer = JsonAnswer(json);
  answer.caching = Caching::kNever;
  return answer;
}

Result<Answer> GetOpenApi(const Call&) {
  return Document(std::string(epochcost::embedded::kOpenApi));
}

// Amounts are decimals of the currency, as Prometheus wants base units; no run is a label, so that
// the number of series does not grow with the runs.
Result<Answer> GetMetrics(const Call& call) {
  std::string cost;
  std::string runs;
  std::string epochs;
  for (const auto& [id, sums] : SumsOf(call)) {
    const std::string project = ForLabel(id.Value());
    for (const auto& [key, nano] : sums.by_resource) {
      cost +=
          fmt::format("epochcost_cost_total{{project=\"{}\",currency=\"{}\",resource=\"{}\"}} {}\n",
                      project, key.first, key.second, ToDecimal(nano));
    }
    runs += fmt::format(
        "epochcost_runs{{project=\"{0}\",state=\"running\"}} {1}\n"
        "epochcost_runs{{project=\"{0}\",state=\"ended\"}} {2}\n",
        project, sums.running, sums.runs - sums.running);
    epochs += fmt::format("epochcost_epochs_total{{project=\"{}\"}} {}\n", project, sums.epochs);
  }
  Answer answer = Plain(fmt::format(
      "# HELP epochcost_cost_total What was spent, in units of the currency.\n"
      "# TYPE epochcost_cost_total counter\n{}"
      "# HELP epochcost_runs Runs by whether they go on.\n# TYPE epochcost_runs gauge\n{}"
      "# HELP epochcost_epochs_total Epochs that closed.\n"
      "# TYPE epochcost_epochs_total counter\n{}",
      cost, runs, epochs));
  answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return answer;
}

Result<Answer> GetHealth(const Call&) { return Plain("ok\n"); }

Result<Answer> GetReadiness(const Call& call) {
  if (const auto why_not = call.desk.runs.WhyNotReady()) {
    return Problem(503, *why_not);
  }
  return Plain("ok\n");
}

}  // namespace epochcost::api::http
