#include "forecast/experience/alike.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

#include "base/text.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr std::size_t kWindow = 20;

// Found on completed runs of submitters kept apart (bench/accuracy/forecast); the error is flat
// around them.
constexpr double kWidth = 0.01;            // of the kernel, in mean log distance
constexpr double kMostUnitDistance = 0.3;  // an outlier counts as this much
constexpr double kFirstUnit = 0.3;
constexpr double kScale = 0.1;  // of the rate itself: systems of one speed behave alike
constexpr double kWork = 0.3;   // of the work in a unit
constexpr double kLength = 0.01;
constexpr double kOtherWorkloads = 2.0;  // as many profiles of the own workload outweigh the others
constexpr std::int64_t kEnoughOwn = 20;  // from here on the others are not looked at

struct Candidate {
  double distance = 0;
  double shift = 0;
  double weight = 0;
  bool is_own = false;  // of the same workload
};

bool IsApart(const Known& known, const Profile& profile) {
  return (!known.owner_apart.empty() && profile.owner == known.owner_apart) ||
         (!known.workload_apart.empty() && profile.workload == known.workload_apart);
}

// The mean rate of the units from `done` to `planned`; what lies behind the profile's end costs
// what its last quarter did.
double RestRate(const Profile& profile, std::size_t done, std::size_t planned) {
  const std::size_t length = profile.rates.size();
  const std::size_t end = std::min(length, planned);
  double cost = profile.until[end - 1] - profile.until[done - 1];
  if (planned > length) {
    const std::size_t from = std::max(done, length * 3 / 4);
    const double tail =
        (profile.until.back() - profile.until[from - 1]) / static_cast<double>(length - from);
    cost += tail * static_cast<double>(planned - length);
  }
  return cost / static_cast<double>(planned - done);
}

class Comparison {
 public:
  explicit Comparison(const Known& known)
      : known_(known), rates_(Rates(known.finished)), present_(PresentRate(rates_)) {
    log_work_ = std::log(WorkOf(known.finished) / static_cast<double>(rates_.size()));
    log_unit_ = log_work_ + std::log(present_);
    log_planned_ = std::log(static_cast<double>(rates_.size() + known.ahead.size()));
    root_ = std::sqrt(static_cast<double>(rates_.size()));
    from_ = std::max<std::size_t>(1, rates_.size() > kWindow ? rates_.size() - kWindow : 1);
    for (const double rate : rates_) logs_.push_back(std::log(rate / present_));
  }

  [[nodiscard]] double Present() const { return present_; }

  [[nodiscard]] bool IsOwn(const Profile& profile) const {
    return profile.workload == known_.workload && profile.unit == known_.unit;
  }

  [[nodiscard]] Candidate With(const Profile& profile) const {
    const std::size_t done = rates_.size();
    const std::size_t planned = done + known_.ahead.size();
    const double present = profile.present[done - 1];
    double distance = kScale * std::abs(present + profile.log_work - log_unit_) / root_ +
                      kWork * WorkDistance(profile) / (root_ * root_) +
                      kLength * std::abs(profile.log_length - log_planned_);
    if (done > 1) {
      const double first = std::min(1.0, std::abs(profile.logs[0] - present - logs_[0]));
      distance += UnitDistance(profile, present) + kFirstUnit * first / root_;
    }
    return {.distance = distance,
            .shift = std::log(RestRate(profile, done, planned)) - present,
            .is_own = IsOwn(profile)};
  }

 private:
  // A work of 1 in every unit is what stands where nobody counted.
  [[nodiscard]] double WorkDistance(const Profile& profile) const {
    const bool is_counted = profile.log_work != 0 && log_work_ != 0;
    return is_counted ? std::abs(profile.log_work - log_work_) : 0;
  }

  [[nodiscard]] double UnitDistance(const Profile& profile, double log_present) const {
    double distance = 0;
    for (std::size_t i = from_; i < rates_.size(); ++i) {
      distance += std::min(kMostUnitDistance, std::abs(profile.logs[i] - log_present - logs_[i]));
    }
    return distance / static_cast<double>(rates_.size() - from_);
  }

  const Known& known_;
  std::vector<double> rates_;
  std::vector<double> logs_;
  double present_;
  double log_work_ = 0;
  double log_unit_ = 0;  // of what a unit costs at present
  double log_planned_ = 0;
  double root_ = 1;  // of the number of finished units
  std::size_t from_ = 1;
};

// Weights by distance from the nearest, within the own workload and within the others; the own
// ones have n / (n + kOtherWorkloads) of the whole.
void Weigh(std::vector<Candidate>& candidates) {
  double count = 0;
  for (const Candidate& candidate : candidates) count += candidate.is_own ? 1 : 0;
  const double share = count / (count + kOtherWorkloads);
  for (const bool own : {true, false}) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const Candidate& candidate : candidates) {
      if (candidate.is_own == own) nearest = std::min(nearest, candidate.distance);
    }
    double sum = 0;
    for (Candidate& candidate : candidates) {
      if (candidate.is_own != own) continue;
      candidate.weight = std::exp(-(candidate.distance - nearest) / kWidth);
      sum += candidate.weight;
    }
    for (Candidate& candidate : candidates) {
      if (candidate.is_own == own) candidate.weight *= (own ? share : 1 - share) / sum;
    }
  }
}

double WeightedMedian(std::vector<Candidate>& candidates) {
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.shift < b.shift; });
  const double half =
      std::accumulate(candidates.begin(), candidates.end(), 0.0,
                      [](double sum, const Candidate& c) { return sum + c.weight; }) /
      2;
  double passed = 0;
  for (const Candidate& candidate : candidates) {
    passed += candidate.weight;
    if (passed >= half) return candidate.shift;
  }
  return candidates.back().shift;
}

}  // namespace

Result<Likeness> Alike::Compare(const Known& known) const {
  if (known.finished.empty()) return TooFewUnits(1, 0);
  const Comparison comparison(known);
  std::vector<Candidate> candidates;
  const auto add = [&](bool own) {
    for (const Profile& profile : profiles_) {
      if (profile.rates.size() <= known.finished.size() || comparison.IsOwn(profile) != own ||
          IsApart(known, profile))
        continue;
      candidates.push_back(comparison.With(profile));
    }
  };
  add(true);
  if (std::ssize(candidates) < kEnoughOwn) add(false);
  if (candidates.empty())
    return Fail(ErrorCode::kUnsupported, Say("this method cannot forecast yet"),
                Say("no recorded run is longer than {} units", known.finished.size()));
  Weigh(candidates);
  Likeness likeness{.shift = WeightedMedian(candidates), .present_rate = comparison.Present()};
  double whole = 0;
  for (const Candidate& candidate : candidates) {
    whole += candidate.weight;
    likeness.disagreement += candidate.weight * std::abs(candidate.shift - likeness.shift);
    if (candidate.weight > 1e-3) ++likeness.profiles;
  }
  likeness.disagreement /= whole;
  return likeness;
}

Result<Rest> Alike::Forecast(const Known& known) const {
  const auto likeness = Compare(known);
  if (!likeness) return tl::unexpected<Error>(likeness.error());
  const double cost = likeness->present_rate * std::exp(likeness->shift) * WorkOf(known.ahead);
  return Rest{.cost = cost, .deviation = cost * likeness->disagreement};
}

}  // namespace epochcost::forecast
