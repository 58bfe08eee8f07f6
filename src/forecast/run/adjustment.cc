#include "forecast/run/adjustment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace epochcost::forecast {
namespace {

constexpr double kStep = 0.2;
constexpr double kAllowed80 = 0.2;
constexpr double kAllowed95 = 0.05;
constexpr double kNarrowest = 0.5;
constexpr double kWidest = 4;

struct Missed {
  double asked = 0;
  double at80 = 0;
  double at95 = 0;
};

Missed MissedOf(std::span<const ForecastScore> run) {
  Missed missed;
  for (const ForecastScore& score : run) {
    const Range<Nanos>& time = score.forecast.duration;
    if (score.forecast.epochs_done >= score.forecast.epochs.expected) continue;
    ++missed.asked;
    missed.at80 += score.duration < time.low80 || score.duration > time.high80 ? 1 : 0;
    missed.at95 += score.duration < time.low95 || score.duration > time.high95 ? 1 : 0;
  }
  return missed;
}

double Moved(double times, double missed, double allowed) {
  return std::clamp(times * std::exp(kStep * (missed - allowed)), kNarrowest, kWidest);
}

}  // namespace

Adjustment AdjustmentOf(std::span<const ForecastScore> past) {
  Adjustment adjustment;
  while (!past.empty()) {
    std::size_t count = 1;
    while (count < past.size() && past[count].forecast.run == past[0].forecast.run) ++count;
    const Missed missed = MissedOf(past.first(count));
    past = past.subspan(count);
    if (missed.asked <= 0) continue;
    ++adjustment.runs;
    adjustment.times80 = Moved(adjustment.times80, missed.at80 / missed.asked, kAllowed80);
    adjustment.times95 = Moved(adjustment.times95, missed.at95 / missed.asked, kAllowed95);
  }
  return adjustment;
}

}  // namespace epochcost::forecast
