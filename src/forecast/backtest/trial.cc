#include "forecast/backtest/trial.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr std::size_t kMostEarlier = 8;
constexpr double kRounding = 1e-12;  // a tenth of ten units is one, whatever the sum says

}  // namespace

std::size_t UnitsAt(const CompletedRun& run, double share) {
  const double wanted = share * WorkOf(run.units) * (1 - kRounding);
  double work = 0;
  for (std::size_t i = 0; i < run.units.size(); ++i) {
    work += run.units[i].work;
    if (work >= wanted) return i + 1;
  }
  return run.units.size();
}

Trial::Trial(const CompletedRun& run, std::size_t done,
             std::span<const CompletedRun* const> earlier)
    : run_(&run), done_(done), earlier_(earlier.begin(), earlier.end()) {
  for (const Unit& unit : std::span(run.units).subspan(done)) {
    ahead_.push_back(
        {.work = unit.work, .evaluates = unit.evaluates, .checkpoints = unit.checkpoints});
    rest_ += unit.cost;
  }
  total_ = run.before + CostOf(run.units);
}

Known Trial::Asked() const {
  return {.workload = run_->workload,
          .system = run_->system,
          .unit = run_->unit,
          .before = run_->before,
          .finished = std::span(run_->units).first(done_),
          .ahead = ahead_,
          .earlier = earlier_,
          .owner_apart = run_->owner};
}

std::vector<std::vector<const CompletedRun*>> EarlierOfEach(std::span<const CompletedRun> runs) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;
  std::map<Key, std::vector<const CompletedRun*>> seen;
  std::vector<std::vector<const CompletedRun*>> earlier;
  earlier.reserve(runs.size());
  for (const CompletedRun& run : runs) {
    auto& before = seen[Key{run.owner, run.workload, run.system, run.unit}];
    const std::size_t count = std::min(before.size(), kMostEarlier);
    earlier.emplace_back(before.rbegin(), before.rbegin() + static_cast<std::ptrdiff_t>(count));
    before.push_back(&run);
  }
  return earlier;
}

}  // namespace epochcost::forecast
