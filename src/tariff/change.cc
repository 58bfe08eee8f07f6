#include "tariff/change.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/nearest.h"
#include "base/text.h"
#include "tariff/sheet_file.h"

namespace epochcost::tariff {
namespace {

// What a price is per, and of which resource it can be.
struct UnitWord {
  std::string_view word;
  Term term;
  MemoryBasis basis = MemoryBasis::kGbHour;
};
constexpr std::array kUnits = {
    UnitWord{"h", Term::kGpu},
    UnitWord{"hour", Term::kGpu},
    UnitWord{"h", Term::kCpu},
    UnitWord{"hour", Term::kCpu},
    UnitWord{"GB_h", Term::kMemory},
    UnitWord{"GB_hour", Term::kMemory},
    UnitWord{.word = "GB/epoch", .term = Term::kMemory, .basis = MemoryBasis::kPerEpoch},
    UnitWord{"GB", Term::kNetwork},
};

Result<std::vector<Resource>> ParseCharged(std::string_view name) {
  if (name == "network") return std::vector{Resource::kNetworkIn, Resource::kNetworkOut};
  const auto resource = ParseResource(name);
  if (resource && Info(*resource).is_charged) return std::vector{*resource};
  if (resource) {
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot have a price", name),
                Say("it is counted, told and free"));
  }
  constexpr std::array<std::string_view, 8> kNames = {
      "gpu", "cpu", "memory", "network", "network_in", "network_out", "rdma_in", "rdma_out"};
  const std::string_view nearest = Nearest(name, kNames);
  return Fail(ErrorCode::kInvalidInput, Say("unknown resource '{}'", name.substr(0, 40)),
              Say("one of: {}", fmt::format("{}", fmt::join(kNames, ", "))),
              nearest.empty() ? "" : Say("did you mean: {}", nearest));
}

Result<UnitWord> ParseUnit(std::string_view unit, Term term, const Currency& currency) {
  std::string fitting;
  for (const UnitWord& each : kUnits) {
    if (each.term != term) continue;
    const std::string word = std::string(currency.Code()) + "/" + std::string(each.word);
    if (word == unit) return each;
    fitting += (fitting.empty() ? "" : ", ") + word;
  }
  const std::string_view code = unit.substr(0, unit.find('/'));
  const bool is_other_currency = Currency::Parse(code) && code != currency.Code();
  return Fail(ErrorCode::kInvalidInput,
              Say("{} is no unit for the price of {}", unit.substr(0, 40), Name(term)),
              is_other_currency ? Say("the sheet is in {}", currency.Code()) : "",
              Say("one of: {}", fitting));
}

}  // namespace

Result<PriceSheet> WithPrice(const PriceSheet& latest, std::string_view resource,
                             std::string_view amount, std::string_view unit, UtcTime from,
                             Effect effect) {
  const auto resources = ParseCharged(resource);
  if (!resources) return tl::unexpected(resources.error());
  const auto nano = ParseAmount(Say("the price of {}", resource), amount);
  if (!nano) return tl::unexpected(nano.error());
  const Term term = Info(resources->front()).term;
  const auto word = ParseUnit(unit, term, latest.currency);
  if (!word) return tl::unexpected(word.error());
  PriceSheet next = latest;
  next.version = latest.version + 1;
  next.valid_from = from;
  next.effect = effect;
  if (term == Term::kMemory) next.memory_basis = word->basis;
  for (const Resource each : *resources) {
    next.rates.at(static_cast<std::size_t>(each)) =
        Rate{nano->Count(), RatePer(each, next.memory_basis)};
  }
  return next;
}

}  // namespace epochcost::tariff
