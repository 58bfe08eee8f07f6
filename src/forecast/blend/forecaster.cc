#include "forecast/blend/forecaster.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr double kSure = 0.03;
constexpr double kUnsure = 0.15;
constexpr double kEnoughForTails = 10;
constexpr double kMostOnRecord = 0.3;  // doubt of members, on completed runs
constexpr double kMostBeyond = 0.5;    // a factor of two either way, at 80 %

// Where nothing was ever learned, an error of a factor of two either way is allowed for.
constexpr std::array kUncalibrated = {-1.4, -0.7, 0.0, 0.7, 1.4};

// The scores of the finest class that is on record. How far the rare ones go is a question for more
// owners than most classes have: the wider of that class and the next coarser ones, until there are
// enough for it.
std::optional<Scores> ScoresFor(const Experience& experience, const Class& of) {
  std::optional<Scores> scores;
  for (std::optional<Class> step = of; step; step = NextCoarser(*step)) {
    const auto found = experience.scores.find(*step);
    if (found == experience.scores.end()) continue;
    const Scores& here = found->second;
    if (!scores) scores = here;
    scores->quantiles.front() = std::min(scores->quantiles.front(), here.quantiles.front());
    scores->quantiles.back() = std::max(scores->quantiles.back(), here.quantiles.back());
    scores->farthest.front() = std::min(scores->farthest.front(), here.farthest.front());
    scores->farthest.back() = std::max(scores->farthest.back(), here.farthest.back());
    if (here.owners >= kEnoughForTails) break;
  }
  return scores;
}

// No farther at a level than errors of the class went one level further out.
double Within(double off, const Scores& scores, std::size_t level) {
  const std::size_t low = std::min<std::size_t>(level, 1);
  const std::size_t high = std::max<std::size_t>(level, 3);
  return std::clamp(off, scores.farthest[low], scores.farthest[high]);
}

void Judge(const Known& known, bool is_calibrated, Outlook& outlook) {
  if (!is_calibrated) {
    outlook.why = Say("no completed runs tell how far such a forecast is off");
    return;
  }
  const double whole = known.before + CostOf(known.finished) + outlook.cost;
  const double half = (outlook.quantiles[3] - outlook.quantiles[1]) / 2 / whole;
  outlook.confidence = half <= kSure     ? Confidence::kHigh
                       : half <= kUnsure ? Confidence::kMedium
                                         : Confidence::kLow;
  outlook.why = Say("eight of ten such runs ended within ±{:.1f} % of the whole", half * 100);
}

}  // namespace

Forecaster::Forecaster(Experience experience, const Members& more)
    : experience_(std::move(experience)), members_(OwnMembers(experience_.profiles)) {
  members_.insert(members_.end(), more.begin(), more.end());
}

Result<Outlook> Forecaster::Forecast(const Known& known) const {
  if (auto checked = Check(known); !checked) return tl::unexpected<Error>(checked.error());
  auto blend = BlendOf(known, experience_, members_);
  if (!blend) return tl::unexpected<Error>(blend.error());
  Outlook outlook{.cost = blend->cost, .blend = *std::move(blend)};
  const auto scores = ScoresFor(experience_, outlook.blend.of);
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    const double scaled =
        scores ? Within(scores->quantiles[i] * outlook.blend.scale, *scores, i) : 0;
    // What members doubt beyond anything on record counts as it is: nothing tells what it is worth.
    const double beyond =
        kNormal[i] * std::clamp(outlook.blend.doubt - kMostOnRecord, 0.0, kMostBeyond);
    const double off = scores ? scaled + beyond : kUncalibrated[i];
    outlook.quantiles[i] = outlook.cost * std::exp(off);
  }
  // The forecast itself lies within its interval, whatever the scores' skew.
  outlook.quantiles[1] = std::min(outlook.quantiles[1], outlook.cost);
  outlook.quantiles[3] = std::max(outlook.quantiles[3], outlook.cost);
  Judge(known, scores.has_value(), outlook);
  return outlook;
}

}  // namespace epochcost::forecast
