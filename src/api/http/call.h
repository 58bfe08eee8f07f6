#pragma once
// One request on its way to the function that answers it. Private to the room.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/answer.h"
#include "api/http/events.h"
#include "api/http/library.h"
#include "api/http/ports.h"
#include "api/http/register.h"
#include "api/http/target.h"
#include "api/http/visitor.h"
#include "api/json_parts.h"

namespace epochcost::api::http {

// What the answering functions have in common.
struct Desk {
  const Ports& ports;
  Register& runs;
  EventLog& events;
  Library& library;
};

struct Call {
  const Desk& desk;
  const Query& query;
  std::vector<std::string> arguments;  // the parts of the path that the pattern names, in order
  Visitor visitor;
  std::string body;
  Language language = Language::kEnglish;  // of the reader
};

using Answering = Result<Answer> (*)(const Call&);

struct Route {
  std::string_view method;
  std::string_view pattern;             // as in openapi.json: "/api/v1/runs/{id}"
  Answering answer;                     // null: the server itself streams it
  std::vector<std::string_view> query;  // names of the parameters that it takes
  bool is_open = false;                 // without a token
  bool is_of_run = false;  // depends on the run that its path names and on nothing else
  bool is_kept = true;     // the same is answered until the ledger changes
};
[[nodiscard]] std::span<const Route> Routes();

struct Match {
  const Route* route = nullptr;  // null: no such address, or not with this method
  std::vector<std::string> arguments;
  std::string allow;  // the methods that this address has; empty: no such address
};
// HEAD is answered as GET is.
[[nodiscard]] Match FindRoute(std::string_view method, const std::vector<std::string>& segments);

// The run that a path names, where this visitor may see it. Error kNotFound.
[[nodiscard]] Result<RunEntryPtr> RunOf(const Call& call);
[[nodiscard]] bool MaySee(const Visitor& visitor, const ProjectId& project);

// A page of a list: `cursor` is where it begins.
struct Page {
  std::size_t begin = 0;
  std::size_t end = 0;
  Json next = nullptr;  // cursor of the next page
};
// Reads `limit` and `cursor` for a list of `size` things. Error kInvalidInput.
[[nodiscard]] Result<Page> PageOf(const Query& query, std::size_t size);

[[nodiscard]] Answer JsonAnswer(const Json& json);
[[nodiscard]] Json Versioned();  // {"schema_version": 1}

// The functions, by what they answer.
Result<Answer> ListRuns(const Call& call);
Result<Answer> GetOverview(const Call& call);
Result<Answer> ListEpochs(const Call& call);
Result<Answer> GetComposition(const Call& call);
Result<Answer> GetSeries(const Call& call);
Result<Answer> GetFormula(const Call& call);
Result<Answer> ListAlerts(const Call& call);
Result<Answer> PostFeedback(const Call& call);
Result<Answer> GetForecast(const Call& call);
Result<Answer> GetAdvice(const Call& call);
Result<Answer> GetLayers(const Call& call);
Result<Answer> ExportCsv(const Call& call);
Result<Answer> ExportJson(const Call& call);
Result<Answer> ExportHtml(const Call& call);
Result<Answer> ListPrices(const Call& call);
Result<Answer> ListProjects(const Call& call);
Result<Answer> GetEstimate(const Call& call);
Result<Answer> GetPlan(const Call& call);
Result<Answer> GetPlanChanges(const Call& call);
Result<Answer> GetPlanLayers(const Call& call);
Result<Answer> GetComparison(const Call& call);
Result<Answer> PostDemo(const Call& call);
Result<Answer> GetCatalog(const Call& call);
Result<Answer> ListPresets(const Call& call);
Result<Answer> GetDoctor(const Call& call);
Result<Answer> GetSession(const Call& call);
Result<Answer> GetOpenApi(const Call& call);
Result<Answer> GetMetrics(const Call& call);
Result<Answer> GetHealth(const Call& call);
Result<Answer> GetReadiness(const Call& call);

}  // namespace epochcost::api::http
