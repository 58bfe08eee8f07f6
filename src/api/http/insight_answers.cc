// What a reader must know of a run, and what later parts of the system will say of it.

#include <algorithm>
#include <tuple>

#include "api/http/answers.h"
#include "api/http/call.h"
#include "base/retell.h"
#include "base/text.h"

namespace epochcost::api::http {
namespace {

constexpr std::size_t kLongestNote = 1000;

int RankOf(const Notice& notice) {
  const std::string_view severity = SeverityOf(notice.kind);
  return severity == "critical" ? 0 : severity == "warning" ? 1 : 2;
}

struct Ranked {
  const Notice* notice;
  std::optional<Money> impact;
};

// The dearest first; those about no money behind, the gravest first; then the newest.
std::vector<Ranked> RankedOf(const RunCost& cost, const Timeline& line) {
  std::vector<Ranked> ranked;
  for (const Notice& notice : cost.notices)
    ranked.push_back({&notice, ImpactOf(notice, line, cost.total.currency)});
  std::ranges::stable_sort(ranked, {}, [](const Ranked& one) {
    return std::tuple(one.impact ? -one.impact->nano : 0, RankOf(*one.notice), -one.notice->at.ns);
  });
  return ranked;
}

Json OfIdle(const RunCost& cost) {
  return {{"amount", OfMoney(cost.idle)},
          {"billed", OfMoney(cost.billed)},
          {"used", OfMoney(cost.total)}};
}

Json OutsideEpochs(const RunCost& cost) {
  struct Cause {
    Wide nano = 0;
    Wide held = 0;
    Quality quality = Quality::kMeasured;
  };
  std::map<ScopeKind, Cause> causes;
  for (const EpochCost& phase : cost.phases) {
    Cause& cause = causes[phase.scope.kind];
    cause.nano += phase.total.nano;
    cause.held += phase.held.Count();
    for (const auto& sum : phase.sums) {
      if (sum) cause.quality = Worse(cause.quality, sum->quality);
    }
  }
  Json all = Json::array();
  for (const auto& [kind, cause] : causes) {
    all.push_back({{"cause", epochcost::Name(kind)},
                   {"amount", OfMoney(cause.nano, cost.total.currency)},
                   {"held_ns", Integer(cause.held)},
                   {"quality", epochcost::Name(cause.quality)}});
  }
  return all;
}

struct Said {
  std::string verdict;
  std::string note;
};

Result<Said> SaidIn(const std::string& body) {
  const auto refuse = [](std::string why) {
    return Fail(ErrorCode::kInvalidInput, Say("what was said of the alert cannot be read"),
                std::move(why), R"({"verdict": "acknowledged", "note": "…"})");
  };
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return refuse(Say("it is no JSON object"));
  Said said;
  bool has_verdict = false;
  for (const auto& [key, value] : json.items()) {
    if (key == "verdict" && (value.is_null() || value.is_string())) {
      has_verdict = true;
      said.verdict = value.is_null() ? "" : value.get<std::string>();
    } else if (key == "note" && value.is_string()) {
      said.note = value.get<std::string>();
    } else {
      return refuse(Say("it has another field, or one of another type"));
    }
  }
  const bool is_known = said.verdict.empty() || said.verdict == "acknowledged" ||
                        said.verdict == "planned" || said.verdict == "false_alarm";
  if (!has_verdict || !is_known) {
    return refuse(Say("a verdict is acknowledged, planned, false_alarm or null"));
  }
  if (said.note.size() > kLongestNote)
    return refuse(Say("at most {} bytes are taken", kLongestNote));
  return said;
}

// An answer of a part that is not there yet, or has nothing to say.
Json Empty(const RunCost& cost, std::string_view what, Json nothing, const std::string& reason,
           Language language) {
  Json json = Versioned();
  json["run_id"] = Text(cost.run.id.Value());
  json[std::string(what)] = std::move(nothing);
  json["reason"] = Text(Retell(reason, language));
  return json;
}

}  // namespace

Result<Answer> ListAlerts(const Call& call) {
  const auto entry = RunOf(call);
  if (!entry) return tl::unexpected(entry.error());
  const auto kept = call.desk.library.CostOf(**entry);
  if (!kept) return tl::unexpected(kept.error());
  const auto verdicts = call.desk.ports.verdicts((*kept)->run.id);
  if (!verdicts) return tl::unexpected(verdicts.error());
  const auto line = call.desk.library.TimelineOf(**entry);
  if (!line) return tl::unexpected(line.error());
  const std::vector<Ranked> ranked = RankedOf(**kept, *line->line);
  const auto page = PageOf(call.query, ranked.size());
  if (!page) return tl::unexpected(page.error());
  Json items = Json::array();
  for (std::size_t i = page->begin; i < page->end; ++i) {
    const auto& [notice, impact] = ranked[i];
    const auto verdict = verdicts->find(AlertId(*notice));
    items.push_back(OfAlert(
        *notice, impact, verdict == verdicts->end() ? nullptr : &verdict->second, call.language));
  }
  Json json = Versioned();
  json["run_id"] = Text((*kept)->run.id.Value());
  json["items"] = std::move(items);
  json["total"] = ranked.size();
  json["next"] = page->next;
  return JsonAnswer(json);
}

Result<Answer> PostFeedback(const Call& call) {
  const auto entry = RunOf(call);
  if (!entry) return tl::unexpected(entry.error());
  const auto said = SaidIn(call.body);
  if (!said) return tl::unexpected(said.error());
  const auto kept = call.desk.library.CostOf(**entry);
  if (!kept) return tl::unexpected(kept.error());
  const std::string& id = call.arguments.at(1);
  for (const Notice& notice : (*kept)->notices) {
    if (AlertId(notice) != id) continue;
    const AlertVerdict verdict{said->verdict, said->note, call.desk.ports.clock->Utc()};
    const auto judged = call.desk.ports.judge((*kept)->run.id, id, verdict);
    if (!judged) return tl::unexpected(judged.error());
    call.desk.runs.Touch((*kept)->run.id);
    const auto line = call.desk.library.TimelineOf(**entry);
    if (!line) return tl::unexpected(line.error());
    const auto impact = ImpactOf(notice, *line->line, (*kept)->total.currency);
    Answer answer = JsonAnswer(OfAlert(notice, impact, &verdict, call.language));
    answer.caching = Caching::kNever;
    return answer;
  }
  return Fail(ErrorCode::kNotFound, Say("no such alert: {}", id), "", "");
}

Result<Answer> GetAdvice(const Call& call) {
  const auto entry = RunOf(call);
  if (!entry) return tl::unexpected(entry.error());
  const auto kept = call.desk.library.CostOf(**entry);
  if (!kept) return tl::unexpected(kept.error());
  Json json = Empty(**kept, "items", Json::array(), Say("no advice was computed for this run yet"),
                    call.language);
  json["idle"] = OfIdle(**kept);
  json["outside_epochs"] = OutsideEpochs(**kept);
  return JsonAnswer(json);
}

}  // namespace epochcost::api::http
