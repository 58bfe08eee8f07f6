#pragma once
// Tells the person at the terminal, while it happens and at the end, in the form that was ordered.

#include <functional>
#include <map>
#include <string>
#include <vector>

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
  void TellEpochs(const Kept& kept, store::Store& ledger);
  // Once at the threshold, once at the budget.
  void TellBudget(const Project& project, const Money& spent, Keeper& keeper, UtcTime now);
  // The final block, and the report beside it.
  [[nodiscard]] std::string TellEnd(Keeper& keeper, bool everything_is_kept);

 private:
  RunOrder order_;
  std::function<void(const std::string&)> print_;
  std::map<Scope, EpochCost> open_;
  bool told_threshold_ = false;
  bool told_budget_ = false;
};

}  // namespace epochcost::app
