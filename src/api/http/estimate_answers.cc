// What a training will cost, and which layer of a model: the estimator's documents.

#include <utility>

#include "api/http/call.h"
#include "base/text.h"

namespace epochcost::api::http {
namespace {

constexpr std::size_t kLongestValue = 64;
constexpr std::size_t kLongestList = 1024;  // of machines

using Given = Ports::Given;

Result<Given> GivenIn(const Query& query) {
  Given given;
  for (const auto& [name, value] : query.All()) {
    const std::size_t most = name == "machines" ? kLongestList : kLongestValue;
    if (const auto fits = query.Text(name, most); !fits) return tl::unexpected(fits.error());
    given[name] = value;
  }
  return given;
}

Result<Answer> Document(Result<std::string> body) {
  if (!body) return tl::unexpected(body.error());
  Answer answer;
  answer.body = *std::move(body);
  return answer;
}

// What the estimator answers to the parameters of the query.
template <class Port>
Result<Answer> Planned(const Call& call, const Port& port) {
  const auto given = GivenIn(call.query);
  if (!given) return tl::unexpected(given.error());
  return Document(port(*given, call.language));
}

}  // namespace

Result<Answer> GetEstimate(const Call& call) {
  const auto given = GivenIn(call.query);
  if (!given) return tl::unexpected(given.error());
  return Document(call.desk.ports.estimate(*given));
}

Result<Answer> GetPlan(const Call& call) { return Planned(call, call.desk.ports.plan); }

Result<Answer> GetPlanChanges(const Call& call) {
  return Planned(call, call.desk.ports.plan_changes);
}

Result<Answer> GetPlanLayers(const Call& call) {
  return Planned(call, call.desk.ports.plan_layers);
}

Result<Answer> GetComparison(const Call& call) { return Planned(call, call.desk.ports.comparison); }

Result<Answer> GetCatalog(const Call& call) { return Document(call.desk.ports.catalog()); }

Result<Answer> GetLayers(const Call& call) {
  const auto entry = RunOf(call);
  if (!entry) return tl::unexpected(entry.error());
  const auto given = GivenIn(call.query);
  if (!given) return tl::unexpected(given.error());
  const auto kept = call.desk.library.CostOf(**entry);
  if (!kept) return tl::unexpected(kept.error());
  return Document(call.desk.ports.layers(**kept, *given, call.language));
}

}  // namespace epochcost::api::http
