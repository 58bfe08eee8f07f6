#pragma once
// What the rest of a run will take and cost, with how sure that is.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"
#include "model/vocabulary.h"

namespace epochcost {

enum class Confidence : std::uint8_t { kLow, kMedium, kHigh };
[[nodiscard]] std::string_view Name(Confidence confidence);  // "low"
[[nodiscard]] std::optional<Confidence> ParseConfidence(std::string_view name);

// A number that is not known: it lies below `low80` with a chance of one in ten, and so on.
// low95 ≤ low80 ≤ expected ≤ high80 ≤ high95.
template <class T>
struct Range {
  T expected{};
  T low95{};
  T low80{};
  T high80{};
  T high95{};
};

// A method's part in a forecast; weight 0: it was asked and left out, `why` says why.
struct ForecastMember {
  std::string name;
  std::int64_t weight_ppm = 0;
  std::string why;
};

// When the project's budget ends, if it does within this run.
struct BudgetOutlook {
  Money budget;
  Money spent;                           // of the project, so far
  std::int64_t break_ppm = 0;            // chance that the run's end finds the budget passed
  std::optional<Range<UtcTime>> breaks;  // when, if it does; absent where the chance is below 1 %
  Money suffices;                        // a budget that suffices with a chance of 90 %
};

// Whether the epochs that are left are worth what they cost, by a validation metric.
struct StopOutlook {
  std::string metric;
  bool lower_is_better = true;
  std::int64_t epochs = 0;  // that are left
  Range<Wide> cost_nano;    // of them
  std::int64_t delta_ppm = 0;
  // Chance that a later value improves on the best by more than delta_ppm of it; absent where none
  // can be told, and `why` says what is missing.
  std::optional<std::int64_t> improves_ppm;
  bool is_advised = false;  // to stop
  std::string why;
};

// A forecast of a whole run, made at one moment. Never changed; the next one is another.
// Money: Modelled, since it is what was spent, scaled.
struct Forecast {
  RunId run;
  UtcTime made;
  std::int64_t epochs_done = 0;
  // Nothing: the program has not said; then `epochs` is a guess at how many there will be.
  std::optional<std::int64_t> planned_epochs;
  Range<std::int64_t> epochs;
  Money spent;
  Range<Nanos> duration;  // from the run's start to its end
  Range<Wide> cost_nano;  // of the whole run, in spent's currency
  Quality quality = Quality::kModelled;
  // How much of the cost's 80 % range each alone would bring, in millionths of `expected`.
  std::int64_t duration_ppm = 0;
  std::int64_t power_ppm = 0;  // what a second uses, and memory priced per epoch
  std::int64_t price_ppm = 0;  // how far prices may move until the end; 0: fixed, as far as known
  std::string price_why;
  Confidence confidence = Confidence::kLow;
  std::string confidence_why;
  std::string of_class;                 // the kind of run whose past errors gave the ranges
  std::vector<ForecastMember> members;  // by weight
  std::optional<BudgetOutlook> budget;
  std::optional<StopOutlook> stopping;
};

// A forecast beside what came.
struct ForecastScore {
  Forecast forecast;
  Nanos duration;
  Money cost;
};

}  // namespace epochcost
