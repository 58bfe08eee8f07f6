#pragma once
// Noun → JSON as openapi.json describes it. Private to the room.
//
// It differs from docs/json.md in one thing: an amount is an object of nano-units, always in a
// string, and their currency, so that no reader can round it or forget what it is in.

#include <optional>
#include <string_view>
#include <vector>

#include "api/figures.h"
#include "api/json_parts.h"
#include "store/store.h"

namespace epochcost::api::http {

[[nodiscard]] Json OfMoney(const Money& money);
[[nodiscard]] Json OfMoney(Wide nano, Currency currency);
// "ns", "byte_ms", "bytes" or "uj"
[[nodiscard]] std::string_view BaseUnit(Resource resource);
[[nodiscard]] Json OfResources(const ResourceSums& sums, Currency currency);
[[nodiscard]] Json OfProvenance(const Provenance& provenance);
// `metrics` are those of this epoch.
[[nodiscard]] Json OfScope(const EpochCost& epoch, const std::vector<MetricPoint>& metrics);
[[nodiscard]] Json OfTerms(const ResourceSums& sums, Currency currency);
[[nodiscard]] Json OfReplicas(const std::vector<ReplicaCost>& replicas);

// `spent` is what all runs of the project cost, in the budget's currency. null without a budget.
[[nodiscard]] Json OfBudget(const Project& project, const Money& spent);

// How fast money was spent lately.
struct SpendingRate {
  Money per_hour;
  Nanos window;
  UtcTime as_of;
  Quality quality = Quality::kMeasured;
};
[[nodiscard]] Json OfRate(const std::optional<SpendingRate>& rate);

// A notice with its identity: 16 hexadecimal digits of what it says.
[[nodiscard]] std::string AlertId(const Notice& notice);
[[nodiscard]] std::string_view SeverityOf(NoticeKind kind);

}  // namespace epochcost::api::http
