#pragma once
// Tells the person at the terminal, while it happens and at the end, in the form that was ordered.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/forecasting.h"
#include "app/keeper.h"
#include "app/run_file.h"
#include "model/cost.h"

namespace epochcost::app {

class Narrator {
 public:
  // `print` gets whole lines.
  Narrator(RunOrder order, std::function<void(const std::string&)> print)
      : order_(std::move(order)), print_(std::move(print)) {}

  // Two lines: what is metered how, at which prices.
  void TellStart(const PriceSheet& sheet, const std::vector<std::string>& sources);
  // A line for each epoch that this commit closed; many at once become one line.
  // Each line ends with what the whole will cost, where that can be said; such forecasts are kept.
  void TellEpochs(const Kept& kept, Keeper& keeper, UtcTime now);
  // Once at the threshold, once at the budget.
  void TellBudget(const Project& project, const Money& spent, Keeper& keeper, UtcTime now);
  // The final block, and the report in the run's folder.
  [[nodiscard]] std::string TellEnd(Keeper& keeper, const RunFolder& folder,
                                    bool everything_is_kept, UtcTime now);

 private:
  void Say(const std::string& lines);

  RunOrder order_;
  std::function<void(const std::string&)> print_;
  struct OpenEpoch {
    EpochCost cost;
    std::set<std::int32_t> replicas;  // what is shared is none
  };
  std::map<Scope, OpenEpoch> open_;
  RunningForecast forecast_;
  bool told_threshold_ = false;
  bool told_budget_ = false;
};

}  // namespace epochcost::app
