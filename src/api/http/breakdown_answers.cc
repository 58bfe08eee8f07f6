// Where a run's money went: over time, and in the formula.

#include <algorithm>
#include <charconv>

#include "api/http/answers.h"
#include "api/http/call.h"
#include "base/retell.h"
#include "base/text.h"

namespace epochcost::api::http {
namespace {

Result<UtcTime> TimeOf(const Query& query, std::string_view name, UtcTime otherwise) {
  const auto text = query.Get(name);
  if (!text) return otherwise;
  auto time = ParseUtc(*text);
  if (!time) return tl::unexpected(time.error());
  return time;
}

template <class Number>
Json OfColumn(const std::vector<Number>& column, const std::vector<std::size_t>& points) {
  Json values = Json::array();
  for (const std::size_t point : points) values.push_back(Integer(column[point]));
  return values;
}

// "3" is epoch 3, "eval-3" the evaluation of epoch 3.
Result<Scope> ScopeOf(const std::string& text) {
  const std::size_t dash = text.find('-');
  const std::string kind = dash == std::string::npos ? "epoch" : text.substr(0, dash);
  const std::string digits = dash == std::string::npos ? text : text.substr(dash + 1);
  const auto known = ParseScopeKind(kind);
  std::int64_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  const bool is_number =
      error == std::errc{} && end == digits.data() + digits.size() && !digits.empty() && index >= 0;
  if (known && is_number) return Scope{*known, index};
  return Fail(ErrorCode::kInvalidInput, Say("{} names no epoch and no phase", text), "",
              Say("an index such as 3, or eval-3, checkpoint-3, setup-0, idle-3"));
}

const EpochCost* FindScope(const RunCost& cost, const Scope& scope) {
  const auto& scopes = scope.kind == ScopeKind::kEpoch ? cost.epochs : cost.phases;
  const auto found = std::ranges::find(scopes, scope, &EpochCost::scope);
  return found == scopes.end() ? nullptr : &*found;
}

struct Symbols {
  std::string_view price;
  std::string_view quantity;
};
constexpr Symbols SymbolsOf(Term term) {
  switch (term) {
    case Term::kGpu:
      return {"C_gpu", "T_gpu"};
    case Term::kCpu:
      return {"C_cpu", "T_cpu"};
    case Term::kMemory:
      return {"C_mem", "M_avg"};
    case Term::kNetwork:
      return {"C_net", "D_transfer"};
    case Term::kEnergy:
    case Term::kDisk:
      break;  // no term of the formula
  }
  return {"", ""};
}

// A quantity as the price counts it: `number` ÷ `per`.
struct Counted {
  Wide number = 0;
  Wide per = 1;
  std::string_view unit;
  std::string_view price_unit;
};

Counted CountedAs(const EpochCost& epoch, const ResourceInfo& info, const ResourceSum& sum,
                  bool is_per_epoch) {
  if (is_per_epoch) {
    // Σ of the replicas' averages, in GB.
    constexpr Wide kNsPerMs = 1'000'000;
    constexpr Wide kBytesPerGb = 1'000'000'000;
    return {sum.quantity * kNsPerMs,
            Wide{std::max<std::int64_t>(epoch.held.Count(), 1)} * kBytesPerGb, "GB", "GB_epoch"};
  }
  const bool is_time = info.term == Term::kGpu || info.term == Term::kCpu;
  const bool is_memory = info.term == Term::kMemory;
  return {sum.quantity, info.units_per_priced,
          is_time     ? "h"
          : is_memory ? "GB_hour"
                      : "GB",
          info.priced_unit};
}

// Whether one price makes the amount: to a nano-unit a line.
bool IsConstant(const Counted& counted, Wide price_nano, const ResourceSum& sum) {
  const auto product = MulDivFloor(counted.number, price_nano, counted.per);
  if (!product) return false;
  const Wide difference = *product - sum.amount_nano;
  return difference >= -sum.lines - 1 && difference <= sum.lines + 1;
}

Json OfParts(const std::vector<SumRow>& rows, const Scope& scope, const ResourceInfo& info,
             Currency currency, Language language) {
  Json parts = Json::array();
  for (const SumRow& row : rows) {
    if (row.scope != scope || row.resource != info.resource) continue;
    parts.push_back({{"resource", info.name},
                     {"replica", row.replica},
                     {"quantity", Integer(row.sum.quantity)},
                     {"unit", BaseUnit(info.resource)},
                     {"amount", OfMoney(row.sum.amount_nano, currency)},
                     {"lines", row.sum.lines},
                     {"quality", epochcost::Name(row.sum.quality)},
                     {"source", Info(row.sum.source).name},
                     {"source_sentence", Retell(Info(row.sum.source).sentence, language)},
                     {"t0", ExactUtc(row.t0)},
                     {"t1", ExactUtc(row.t1)}});
  }
  return parts;
}

Json OfTerm(const EpochCost& epoch, const ResourceInfo& info, const PriceSheet* sheet,
            const std::vector<SumRow>& rows, Language language) {
  const ResourceSum& sum = *epoch.sums.at(static_cast<std::size_t>(info.resource));
  const bool is_per_epoch = sheet != nullptr && info.resource == Resource::kMemory &&
                            sheet->memory_basis == MemoryBasis::kPerEpoch;
  const Counted counted = CountedAs(epoch, info, sum, is_per_epoch);
  const auto listed = sheet != nullptr ? PriceOf(*sheet, info.resource) : std::nullopt;
  const bool is_constant = listed && IsConstant(counted, listed->nano, sum);
  Json price = nullptr;
  if (is_constant || (listed && sum.amount_nano == 0)) {
    price = ToDecimal(listed->nano);
  } else if (listed && counted.number > 0) {
    const auto mean = MulDivFloor(sum.amount_nano, counted.per, counted.number);
    if (mean) price = ToDecimal(*mean);
  }
  constexpr int kPlaces = 9;
  const Symbols symbols = SymbolsOf(info.term);
  return {{"term", epochcost::Name(info.term)},
          {"price_symbol", symbols.price},
          {"quantity_symbol", symbols.quantity},
          {"resource", info.name},
          {"price", std::move(price)},
          {"price_unit", listed ? Json(counted.price_unit) : Json(nullptr)},
          {"is_price_constant", is_constant},
          {"quantity", Integer(sum.quantity)},
          {"unit", BaseUnit(info.resource)},
          {"quantity_text", DecimalQuotient(counted.number, counted.per, kPlaces)},
          {"quantity_unit", counted.unit},
          {"amount", OfMoney(sum.amount_nano, epoch.total.currency)},
          {"quality", epochcost::Name(sum.quality)},
          {"source", Info(sum.source).name},
          {"parts", OfParts(rows, epoch.scope, info, epoch.total.currency, language)}};
}

}  // namespace

Result<Answer> GetSeries(const Call& call) {
  const auto entry = RunOf(call);
  if (!entry) return tl::unexpected(entry.error());
  const store::RunStanding& standing = (*entry)->standing;
  const auto points = call.query.Integer("points", 2, 10'000, 2400);
  if (!points) return tl::unexpected(points.error());
  const bool is_metered = standing.as_of != UtcTime{};
  const UtcTime begin =
      is_metered ? std::min(standing.run.started, standing.t0) : standing.run.started;
  const auto from = TimeOf(call.query, "from", begin);
  if (!from) return tl::unexpected(from.error());
  const auto to = TimeOf(call.query, "to", std::max(standing.as_of, *from));
  if (!to) return tl::unexpected(to.error());
  if (*to < *from) {
    return Fail(ErrorCode::kInvalidInput, Say("the range ends before it begins"),
                Say("{} is before {}", FormatUtc(*to), FormatUtc(*from)), "");
  }
  const auto shown = call.desk.library.TimelineOf(**entry);
  if (!shown) return tl::unexpected(shown.error());
  const Timeline& line = *shown->line;
  const Thinned thinned = Thin(line, *from, *to, static_cast<std::size_t>(*points));
  Json times = Json::array();
  for (const std::size_t point : thinned.points) {
    times.push_back(static_cast<std::int64_t>(
        FloorDiv(Wide{line.t[point]} - standing.run.started.ns, kNanosPerMilli)));
  }
  Json resources = Json::object();
  for (const ResourceInfo& info : Resources()) {
    const auto& column = line.by_resource.at(static_cast<std::size_t>(info.resource));
    if (!column.empty()) resources[std::string(info.name)] = OfColumn(column, thinned.points);
  }
  Json json = Versioned();
  json["run_id"] = Text(standing.run.id.Value());
  json["revision"] = (*entry)->revision;
  json["currency"] = standing.total.currency.Code();
  json["from"] = ExactUtc(*from);
  json["to"] = ExactUtc(*to);
  json["origin"] = ExactUtc(standing.run.started);
  json["resolution"] = shown->is_of_lines ? "lines" : "scopes";
  json["decimation"] = thinned.points.size() == thinned.of ? "none" : "min_max";
  json["source_points"] = thinned.of;
  json["t_ms"] = std::move(times);
  json["cumulative_nano"] = OfColumn(line.cumulative, thinned.points);
  json["rate_nano_per_hour"] = OfColumn(line.rate_per_hour, thinned.points);
  json["resources"] = std::move(resources);
  return JsonAnswer(json);
}

Result<Answer> GetFormula(const Call& call) {
  const auto entry = RunOf(call);
  if (!entry) return tl::unexpected(entry.error());
  const auto scope = ScopeOf(call.arguments.at(1));
  if (!scope) return tl::unexpected(scope.error());
  const auto kept = call.desk.library.CostOf(**entry);
  if (!kept) return tl::unexpected(kept.error());
  const RunCost& cost = **kept;
  const EpochCost* const epoch = FindScope(cost, *scope);
  if (epoch == nullptr) {
    return Fail(ErrorCode::kNotFound, Say("the run has no {}", call.arguments.at(1)),
                Say("it has {} epochs", cost.epochs.size()), "");
  }
  const auto rows =
      call.desk.library.With([&](store::Store& ledger) { return ledger.SumRows(cost.run.id); });
  if (!rows) return tl::unexpected(rows.error());
  // The version in force when the scope ended.
  const PriceSheet* sheet = nullptr;
  for (const PriceSheet& each : cost.sheets) {
    const bool is_first = sheet == nullptr;
    if (is_first || (each.name == cost.run.sheet && each.valid_from <= epoch->t1)) sheet = &each;
  }
  Json terms = Json::array();
  Json missing = Json::array();
  for (const ResourceInfo& info : Resources()) {
    if (!info.is_charged) continue;
    if (epoch->sums.at(static_cast<std::size_t>(info.resource))) {
      terms.push_back(OfTerm(*epoch, info, sheet, *rows, call.language));
    } else if (info.is_expected) {
      missing.push_back(info.name);
    }
  }
  Json prices = Json::array();
  for (const PriceSheet& each : cost.sheets) prices.push_back(OfSheet(each));
  Json json = Versioned();
  json["run_id"] = Text(cost.run.id.Value());
  json["scope"] = OfScope(*epoch, {});
  json["symbols"] =
      "(C_gpu × T_gpu + C_cpu × T_cpu + C_mem × M_avg + C_net × D_transfer) × N_replicas";
  json["terms"] = std::move(terms);
  json["not_metered"] = std::move(missing);
  json["replicas"] = epoch->replicas;
  json["total"] = OfMoney(epoch->total);
  json["mean_per_replica"] = OfQuotient(epoch->total, std::max<std::int64_t>(epoch->replicas, 1));
  json["provisional"] = OfMoney(epoch->provisional);
  json["prices"] = std::move(prices);
  json["text"] = sheet != nullptr ? Text(call.desk.ports.formula(*epoch, *sheet)) : Json("");
  return JsonAnswer(json);
}

}  // namespace epochcost::api::http
