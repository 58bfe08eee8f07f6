#include "forecast/arima/search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace epochcost::arima {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr int kMostModels = 94;
// A root nearer to the unit circle than this makes forecasts explode or repeat themselves.
constexpr double kNearestRoot = 1.01;

// Every model is fitted once and kept.
class Searcher {
 public:
  Searcher(const Columns& columns, const Order& differencing, const Options& options)
      : plain_(columns),
        constant_(WithConstant(columns)),
        rough_(options.rough),
        plain_fitter_(plain_, differencing.period, rough_ ? kRoughlyEnough : kEnough),
        constant_fitter_(constant_, differencing.period, rough_ ? kRoughlyEnough : kEnough),
        base_(differencing),
        criterion_(options.criterion) {
    const int n = static_cast<int>(columns.front().size()) + differencing.Lost();
    const bool short_series = n <= 3;
    if (short_series) criterion_ = Criterion::kAic;
    const auto bound = [n](int most, int period) {
      return std::max(0, std::min(most, n / 3 / period));
    };
    const bool seasonal = differencing.period > 1;
    most_p_ = bound(options.max_p, 1);
    most_q_ = bound(options.max_q, 1);
    most_seasonal_p_ = seasonal ? bound(options.max_seasonal_p, differencing.period) : 0;
    most_seasonal_q_ = seasonal ? bound(options.max_seasonal_q, differencing.period) : 0;
    // Lags of a season belong to the seasonal polynomial.
    if (most_seasonal_p_ > 0) most_p_ = std::min(most_p_, differencing.period - 1);
    if (most_seasonal_q_ > 0) most_q_ = std::min(most_q_, differencing.period - 1);
    may_have_constant_ = options.allow_constant && differencing.d + differencing.seasonal_d <= 1;
    max_order_ = options.max_order;
    few_ = n < 10;
  }

  void Stepwise() {
    const bool seasonal = base_.period > 1;
    const bool constant = may_have_constant_;
    const int start = few_ ? 1 : 2;
    Try(At(std::min(start, most_p_), std::min(start, most_q_),
           few_ ? 0 : std::min(1, most_seasonal_p_), few_ ? 0 : std::min(1, most_seasonal_q_),
           constant),
        std::nullopt);
    Try(At(0, 0, 0, 0, constant), std::nullopt);
    Try(At(std::min(1, most_p_), 0, seasonal ? std::min(1, most_seasonal_p_) : 0, 0, constant),
        std::nullopt);
    Try(At(0, std::min(1, most_q_), 0, seasonal ? std::min(1, most_seasonal_q_) : 0, constant),
        std::nullopt);
    if (constant) Try(At(0, 0, 0, 0, false), std::nullopt);
    bool improved = best_.has_value();
    while (improved && tried_ < kMostModels) improved = BetterNeighbour();
  }

  void Full() {
    for (int constant = 0; constant <= (may_have_constant_ ? 1 : 0); ++constant) {
      for (int p = 0; p <= most_p_; ++p) {
        for (int q = 0; q <= most_q_; ++q) {
          for (int big_p = 0; big_p <= most_seasonal_p_; ++big_p) {
            for (int big_q = 0; big_q <= most_seasonal_q_; ++big_q) {
              if (p + q + big_p + big_q > max_order_) continue;
              Try(At(p, q, big_p, big_q, constant == 1), Lower(p, q, big_p, big_q, constant == 1));
            }
          }
        }
      }
    }
  }

  std::optional<Chosen> Finish() {
    if (!best_) return std::nullopt;
    Chosen chosen{.order = *best_, .estimate = best_estimate_, .models_tried = tried_};
    if (rough_) return chosen;
    Fitter& fitter = FitterOf(*best_);
    chosen.estimate =
        Polish(best_estimate_, [&fitter](const Coefficients& c) { return fitter.Evaluate(c); });
    return chosen;
  }

 private:
  using Key = std::tuple<int, int, int, int, bool>;

  Order At(int p, int q, int seasonal_p, int seasonal_q, bool constant) const {
    Order order = base_;
    order.p = p;
    order.q = q;
    order.seasonal_p = seasonal_p;
    order.seasonal_q = seasonal_q;
    order.constant = constant;
    return order;
  }

  Fitter& FitterOf(const Order& order) { return order.constant ? constant_fitter_ : plain_fitter_; }

  // The coefficients of a fitted model that is one smaller: the ascent begins there.
  std::optional<Coefficients> Lower(int p, int q, int big_p, int big_q, bool constant) const {
    for (const Key& key :
         {Key{p, q - 1, big_p, big_q, constant}, Key{p - 1, q, big_p, big_q, constant}}) {
      if (const auto found = fitted_.find(key); found != fitted_.end()) return found->second;
    }
    return std::nullopt;
  }

  // Fits the model if it is new; true if it is the best so far.
  bool Try(const Order& order, const std::optional<Coefficients>& near) {
    const Key key{order.p, order.q, order.seasonal_p, order.seasonal_q, order.constant};
    if (!seen_.insert(key).second) return false;
    const auto count = static_cast<double>(plain_.front().size());
    const double parameters =
        order.Parameters() + static_cast<double>(plain_.size()) - 1 + 1;  // and the variance
    if (count - parameters - 1 <= 0) return false;
    ++tried_;
    std::optional<Coefficients> start = near;
    if (start) {
      start->ar.resize(static_cast<std::size_t>(order.p), 0.0);
      start->ma.resize(static_cast<std::size_t>(order.q), 0.0);
      start->seasonal_ar.resize(static_cast<std::size_t>(order.seasonal_p), 0.0);
      start->seasonal_ma.resize(static_cast<std::size_t>(order.seasonal_q), 0.0);
    }
    const std::optional<Estimate> estimate = FitterOf(order).Climb(order, start);
    if (!estimate) return false;
    fitted_[key] = estimate->coefficients;
    const Criteria criteria = CriteriaOf(estimate->log_likelihood, parameters, count);
    const double value = criterion_ == Criterion::kAicc  ? criteria.aicc
                         : criterion_ == Criterion::kAic ? criteria.aic
                                                         : criteria.bic;
    if (!(value < best_value_) || RootsTooNear(estimate->coefficients)) return false;
    best_ = order;
    best_value_ = value;
    best_estimate_ = *estimate;
    return true;
  }

  static bool RootsTooNear(const Coefficients& c) {
    return SmallestRoot(c.ar) < kNearestRoot || SmallestRoot(Negated(c.ma)) < kNearestRoot ||
           SmallestRoot(c.seasonal_ar) < kNearestRoot ||
           SmallestRoot(Negated(c.seasonal_ma)) < kNearestRoot;
  }

  // The neighbours in Hyndman and Khandakar's order; the first that is better is moved to.
  bool BetterNeighbour() {
    constexpr std::array<std::pair<int, int>, 8> kMoves = {
        {{-1, 0}, {0, -1}, {1, 0}, {0, 1}, {-1, -1}, {-1, 1}, {1, -1}, {1, 1}}};
    const Order now = *best_;
    const Coefficients from = best_estimate_.coefficients;
    const auto look = [&](int p, int q, int big_p, int big_q, bool constant) {
      const bool within = p >= 0 && p <= most_p_ && q >= 0 && q <= most_q_ && big_p >= 0 &&
                          big_p <= most_seasonal_p_ && big_q >= 0 && big_q <= most_seasonal_q_;
      return within && tried_ < kMostModels && Try(At(p, q, big_p, big_q, constant), from);
    };
    for (const auto& [more_p, more_q] : kMoves) {
      if (look(now.p, now.q, now.seasonal_p + more_p, now.seasonal_q + more_q, now.constant)) {
        return true;
      }
    }
    for (const auto& [more_p, more_q] : kMoves) {
      if (look(now.p + more_p, now.q + more_q, now.seasonal_p, now.seasonal_q, now.constant)) {
        return true;
      }
    }
    return may_have_constant_ && look(now.p, now.q, now.seasonal_p, now.seasonal_q, !now.constant);
  }

  const Columns& plain_;
  Columns constant_;
  bool rough_;
  Fitter plain_fitter_;
  Fitter constant_fitter_;
  Order base_;
  Criterion criterion_;
  int most_p_ = 0;
  int most_q_ = 0;
  int most_seasonal_p_ = 0;
  int most_seasonal_q_ = 0;
  int max_order_ = 0;
  bool may_have_constant_ = false;
  bool few_ = false;
  int tried_ = 0;
  std::set<Key> seen_;
  std::map<Key, Coefficients> fitted_;
  std::optional<Order> best_;
  Estimate best_estimate_;
  double best_value_ = kInfinite;
};

}  // namespace

Criteria CriteriaOf(double log_likelihood, double parameters, double count) {
  const double aic = -2 * log_likelihood + 2 * parameters;
  const double left = count - parameters - 1;
  return {.aic = aic,
          .aicc = left > 0 ? aic + 2 * parameters * (parameters + 1) / left : kInfinite,
          .bic = aic + parameters * (std::log(count) - 2)};
}

std::optional<Chosen> FindOrder(const Columns& columns, const Order& differencing,
                                const Options& options) {
  Searcher searcher(columns, differencing, options);
  if (options.search == Search::kFull) {
    searcher.Full();
  } else {
    searcher.Stepwise();
  }
  return searcher.Finish();
}

Columns WithConstant(const Columns& columns) {
  Columns with = columns;
  with.insert(with.begin() + 1, std::vector<double>(columns.front().size(), 1.0));
  return with;
}

}  // namespace epochcost::arima
