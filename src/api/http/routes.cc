#include <algorithm>
#include <charconv>

#include "api/http/call.h"
#include "base/text.h"

namespace epochcost::api::http {
namespace {

const std::vector<std::string_view> kPaged = {"limit", "cursor"};
// What a training is, on what and how: of every address of the estimator.
const std::vector<std::string_view> kPlan = {
    "model",        "machine",     "network",           "sequence",   "image",
    "classes",      "batch",       "micro_batch",       "samples",    "tokens",
    "epochs",       "tensor",      "pipeline",          "context",    "expert",
    "chunks",       "zero",        "recompute",         "precision",  "optimizer",
    "sync_every",   "compression", "sequence_parallel", "offload",    "sample_bytes",
    "eval_samples", "eval_every",  "checkpoint_every",  "disk_speed", "compile",
    "stragglers"};

std::vector<std::string_view> Plus(std::vector<std::string_view> names, std::string_view more) {
  names.push_back(more);
  return names;
}

// Of openapi.json; a test holds them together.
const std::vector<Route>& AllRoutes() {
  static const std::vector<Route> kRoutes = {
      {"GET", "/api/v1/session", GetSession, {}, false, false, false},
      {"GET", "/api/v1/runs", ListRuns, {"project", "text", "state", "sort", "limit", "cursor"}},
      {"GET", "/api/v1/runs/{id}", GetOverview, {}},
      {"GET", "/api/v1/runs/{id}/epochs", ListEpochs, {"limit", "cursor", "order"}, false, true},
      {"GET",
       "/api/v1/runs/{id}/composition",
       GetComposition,
       {"groups", "from", "to"},
       false,
       true},
      {"GET", "/api/v1/runs/{id}/series", GetSeries, {"from", "to", "points"}, false, true},
      {"GET", "/api/v1/runs/{id}/formula/{scope}", GetFormula, {}, false, true},
      {"GET", "/api/v1/runs/{id}/alerts", ListAlerts, kPaged, false, true},
      {"POST", "/api/v1/runs/{id}/alerts/{alert}/feedback", PostFeedback, {}},
      {"GET", "/api/v1/runs/{id}/forecast", GetForecast, {}},
      {"GET", "/api/v1/runs/{id}/advice", GetAdvice, {}},
      {"GET", "/api/v1/runs/{id}/layers", GetLayers, kPlan, false, true},
      {"GET", "/api/v1/runs/{id}/export.csv", ExportCsv, {}, false, true},
      {"GET", "/api/v1/runs/{id}/export.json", ExportJson, {}, false, true},
      {"GET", "/api/v1/runs/{id}/export.html", ExportHtml, {}, false, true},
      {"GET", "/api/v1/prices", ListPrices, {}},
      {"GET", "/api/v1/projects", ListProjects, {}},
      {"GET",
       "/api/v1/estimate",
       GetEstimate,
       {"preset",   "sheet",  "currency", "c_gpu",         "t_gpu",      "c_cpu",
        "t_cpu",    "c_mem",  "m_avg",    "c_net",         "d_transfer", "n_ops",
        "p_avg",    "f_gpu",  "u_gpu",    "m_model",       "m_batch",    "b_size",
        "s_factor", "m_grad", "n_params", "c_compression", "replicas",   "epochs"}},
      {"GET", "/api/v1/plan", GetPlan, Plus(kPlan, "sheet")},
      {"GET", "/api/v1/plan/changes", GetPlanChanges, Plus(kPlan, "sheet")},
      {"GET", "/api/v1/plan/layers", GetPlanLayers, Plus(kPlan, "sheet")},
      {"GET", "/api/v1/comparison", GetComparison, Plus(Plus(kPlan, "sheet"), "machines")},
      {"GET", "/api/v1/catalog", GetCatalog, {}},
      {"GET", "/api/v1/presets", ListPresets, {}},
      {"POST", "/api/v1/demo", PostDemo, {}},
      {"GET", "/api/v1/doctor", GetDoctor, {}, false, false, false},
      {"GET", "/api/v1/events", nullptr, {}},
      {"GET", "/api/v1/openapi.json", GetOpenApi, {}, true},
      {"GET", "/metrics", GetMetrics, {}, false, false, false},
      {"GET", "/healthz", GetHealth, {}, true, false, false},
      {"GET", "/readyz", GetReadiness, {}, true, false, false},
  };
  return kRoutes;
}

// Whether the segments are the pattern's; what its braces stand for goes to `arguments`.
bool Fits(std::string_view pattern, const std::vector<std::string>& segments,
          std::vector<std::string>& arguments) {
  arguments.clear();
  pattern.remove_prefix(1);
  for (const std::string& segment : segments) {
    if (pattern.empty()) return false;
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string_view part = pattern.substr(0, end);
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
    if (part.starts_with('{')) {
      arguments.push_back(segment);
    } else if (part != segment) {
      return false;
    }
  }
  return pattern.empty();
}

}  // namespace

std::span<const Route> Routes() { return AllRoutes(); }

Match FindRoute(std::string_view method, const std::vector<std::string>& segments) {
  Match match;
  std::vector<std::string> arguments;
  for (const Route& route : Routes()) {
    if (!Fits(route.pattern, segments, arguments)) continue;
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += route.method == "GET" ? "GET, HEAD" : std::string(route.method);
    const bool is_head = method == "HEAD" && route.method == "GET" && route.answer != nullptr;
    if (route.method != method && !is_head) continue;
    match.route = &route;
    match.arguments = arguments;
  }
  return match;
}

bool MaySee(const Visitor& visitor, const ProjectId& project) {
  return !visitor.project || *visitor.project == project;
}

Result<RunEntryPtr> RunOf(const Call& call) {
  const std::string& id = call.arguments.front();
  RunEntryPtr entry = call.desk.runs.Find(RunId{id});
  if (entry && MaySee(call.visitor, entry->standing.run.project)) return entry;
  return Fail(ErrorCode::kNotFound, Say("no such run: {}", id), "", Say("/api/v1/runs lists them"));
}

Result<Page> PageOf(const Query& query, std::size_t size) {
  constexpr std::int64_t kMostInAPage = 1000;
  constexpr std::int64_t kUsualPage = 200;
  const auto limit = query.Integer("limit", 1, kMostInAPage, kUsualPage);
  if (!limit) return tl::unexpected(limit.error());
  const auto begin = query.Integer("cursor", 0, std::int64_t{1} << 53, 0);
  if (!begin) return tl::unexpected(begin.error());
  Page page;
  page.begin = std::min(static_cast<std::size_t>(*begin), size);
  page.end = std::min(page.begin + static_cast<std::size_t>(*limit), size);
  if (page.end < size) page.next = std::to_string(page.end);
  return page;
}

Json Versioned() { return {{"schema_version", kSchemaVersion}}; }

Answer JsonAnswer(const Json& json) {
  Answer answer;
  answer.body = json.dump();
  return answer;
}

}  // namespace epochcost::api::http
