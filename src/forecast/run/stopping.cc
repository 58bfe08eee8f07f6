#include "forecast/run/stopping.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "base/text.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr double kDelta = 0.003;  // an improvement that counts, as a share of the best value
constexpr double kAdvise = 0.26;  // below this chance it is advised to stop
constexpr std::array kWeights = {8.8950,  -1.0590, -0.5183, -1.6084, 0.5440,
                                 -0.8388, 0.4328,  0.1031,  0.1105};
constexpr std::size_t kFewest = 17;
constexpr double kLeastGain = 0.1;    // a curve that has gained less has not begun to learn
constexpr double kMostUnrest = 0.05;  // one that jumps by more is told nothing by its best
constexpr double kMillion = 1e6;

constexpr std::array<std::string_view, 3> kValidation = {"val", "eval", "test"};
constexpr std::array<std::string_view, 13> kHigher = {
    "acc",   "bleu",   "f1",        "auc",  "map",  "dice",  "iou",
    "score", "recall", "precision", "ndcg", "psnr", "reward"};

bool Speaks(const std::string& name, std::span<const std::string_view> words) {
  std::string lower;
  for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::ranges::any_of(
      words, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace

void Curve::Add(double value) {
  const std::size_t index = values_.size();
  if (values_.empty()) {
    if (!std::isfinite(value)) return;
    values_.push_back(value);
    bests_.push_back(value);
    return;
  }
  if (!std::isfinite(value)) value = values_.back();
  values_.push_back(value);
  if (value < bests_.back()) {
    longest_wait_ = std::max(longest_wait_, index - best_at_);
    best_at_ = index;
    bests_.push_back(value);
  } else {
    bests_.push_back(bests_.back());
  }
}

double Curve::SizeOfBest() const { return std::max(std::abs(bests_.back()), 1e-300); }

std::vector<double> Curve::Steps(std::size_t last) const {
  std::vector<double> steps;
  const std::size_t from = values_.size() > last + 1 ? values_.size() - last - 1 : 0;
  for (std::size_t i = from; i + 1 < values_.size(); ++i)
    steps.push_back(std::abs(values_[i + 1] - values_[i]));
  if (steps.empty()) steps.push_back(0);
  return steps;
}

std::optional<double> Curve::Chance() const {
  if (values_.size() < kFewest) return std::nullopt;
  const double best = bests_.back();
  const double first = bests_.front();
  const double size = SizeOfBest();
  const double gain = std::abs(first - best) / std::max({std::abs(first), std::abs(best), 1e-300});
  if (!(gain >= kLeastGain) || !(Median(Steps(10)) / size <= kMostUnrest)) return std::nullopt;
  const std::size_t index = values_.size() - 1;
  const std::size_t waited = index - best_at_;
  if (waited < 2) return 1.0;
  const double noise = Median(Steps(20)) + 1e-12;
  const std::size_t from = std::max(best_at_ + 1, values_.size() > 10 ? values_.size() - 10 : 0);
  const double above =
      Median({values_.begin() + static_cast<std::ptrdiff_t>(from), values_.end()}) - best;
  const auto n = static_cast<double>(index);
  const auto w = static_cast<double>(waited);
  const auto gained_since = [&](std::size_t at) {
    return std::log(1e-4 + std::max(0.0, (bests_[std::max<std::size_t>(1, at)] - best) / size));
  };
  const std::array features = {std::log(w),
                               std::log(n),
                               w / n,
                               std::log(w / static_cast<double>(longest_wait_ + 1)),
                               std::sqrt(std::clamp(above / noise, 0.0, 20.0)),
                               std::log(1e-4 + std::clamp(above / size, 0.0, 1.0)),
                               gained_since(index / 2),
                               gained_since(index * 3 / 4)};
  double logit = kWeights[0];
  for (std::size_t i = 0; i < features.size(); ++i) logit += kWeights[i + 1] * features[i];
  return 1 / (1 + std::exp(-std::clamp(logit, -700.0, 700.0)));
}

std::optional<StopOutlook> StopOutlookOf(std::span<const MetricPoint> metrics,
                                         const epochcost::Forecast& forecast) {
  const auto named = std::ranges::find_if(
      metrics, [](const MetricPoint& point) { return Speaks(point.name, kValidation); });
  const std::int64_t ahead = forecast.epochs.expected - forecast.epochs_done;
  if (named == metrics.end() || ahead <= 0) return std::nullopt;
  StopOutlook outlook{.metric = named->name,
                      .lower_is_better = !Speaks(named->name, kHigher),
                      .epochs = ahead,
                      .delta_ppm = std::llround(kDelta * kMillion)};
  const Wide spent = forecast.spent.nano;
  const Range<Wide>& cost = forecast.cost_nano;
  outlook.cost_nano = {cost.expected - spent, cost.low95 - spent, cost.low80 - spent,
                       cost.high80 - spent, cost.high95 - spent};
  Curve curve;
  for (const MetricPoint& point : metrics)
    if (point.name == named->name) curve.Add(outlook.lower_is_better ? point.value : -point.value);
  const auto chance = curve.Chance();
  if (!chance) {
    outlook.why = curve.Size() < kFewest
                      ? Say("needs {} values of {}, has {}", kFewest, named->name, curve.Size())
                      : Say("{} has gained too little so far, or jumps too much", named->name);
    return outlook;
  }
  outlook.improves_ppm = std::llround(*chance * kMillion);
  outlook.is_advised = *chance < kAdvise;
  return outlook;
}

}  // namespace epochcost::forecast
