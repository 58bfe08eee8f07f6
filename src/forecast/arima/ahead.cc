// What comes: forecasts and their joint variance, from the state and the weights of innovations.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "base/text.h"
#include "forecast/arima/arma.h"
#include "forecast/arima/auto_arima.h"
#include "forecast/arima/difference.h"
#include "forecast/arima/normal.h"

namespace epochcost::arima {
namespace {

// Continues a path: `differenced` is turned into levels by undoing the differences, with the levels
// before it, latest first (none: zero).
std::vector<double> Integrate(std::vector<double> differenced, const std::vector<Term>& undoing,
                              std::span<const double> before) {
  for (std::size_t h = 0; h < differenced.size(); ++h) {
    for (const Term& term : undoing) {
      const auto lag = static_cast<std::size_t>(term.lag);
      if (lag <= h) {
        differenced[h] += term.coefficient * differenced[h - lag];
      } else if (lag - h - 1 < before.size()) {
        differenced[h] += term.coefficient * before[lag - h - 1];
      }
    }
  }
  return differenced;
}

// What a state says of the next steps of the ARMA process.
std::vector<double> Predict(const Arma& arma, std::span<const double> state, std::size_t steps) {
  std::vector<double> path(steps, 0.0);
  for (std::size_t h = 0; h < steps; ++h) {
    double value = h < state.size() ? state[h] : 0.0;
    for (const Term& term : arma.ar) {
      const auto lag = static_cast<std::size_t>(term.lag);
      if (lag > h) break;
      value += term.coefficient * path[h - lag];
    }
    path[h] = value;
  }
  return path;
}

Result<void> CheckAhead(const Fitted& fitted, int steps, std::span<const double> probabilities,
                        std::span<const std::vector<double>> future) {
  if (steps < 0 || steps > Fitted::kMaxSteps) {
    return Fail(ErrorCode::kInvalidInput, Say("a forecast of {} steps cannot be made", steps), {},
                Say("between 0 and {} steps", Fitted::kMaxSteps));
  }
  for (const double p : probabilities) {
    if (!(p > 0 && p < 1)) {
      return Fail(ErrorCode::kInvalidInput, Say("{} is no probability of a quantile", p), {},
                  Say("above 0 and below 1"));
    }
  }
  if (future.size() != fitted.regressor_kept.size()) {
    return Fail(ErrorCode::kInvalidInput, Say("{} future regressors for a model with {}",
                                              future.size(), fitted.regressor_kept.size()));
  }
  for (std::size_t i = 0; i < future.size(); ++i) {
    const bool finite = std::ranges::all_of(future[i], [](double v) { return std::isfinite(v); });
    if (future[i].size() != static_cast<std::size_t>(steps) || !finite) {
      return Fail(ErrorCode::kInvalidInput,
                  Say("future regressor {} needs {} finite values", i, steps));
    }
  }
  return {};
}

}  // namespace

Result<Forecast> Fitted::Ahead(int steps, std::span<const double> probabilities,
                               std::span<const std::vector<double>> future_regressors) const {
  if (auto checked = CheckAhead(*this, steps, probabilities, future_regressors); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  const auto count = static_cast<std::size_t>(steps);
  const Arma arma = Expand(coefficients, order.period);
  const std::vector<Term> undoing = Undoing(order);
  Forecast forecast{.spread_known = spread_known};

  std::vector<double> path = Predict(arma, state.arma, count);
  if (order.constant) {
    for (double& value : path) value += beta[0];
  }
  forecast.mean = Integrate(std::move(path), undoing, state.levels);
  std::size_t at = order.constant ? 1 : 0;
  for (std::size_t i = 0; i < future_regressors.size(); ++i) {
    if (!regressor_kept[i]) continue;
    for (std::size_t h = 0; h < count; ++h) forecast.mean[h] += beta[at] * future_regressors[i][h];
    ++at;
  }

  // Squares of the weights with which innovations to come enter a step, and a sum of steps.
  std::vector<double> psi = PsiWeights(arma, std::max(steps, 1));
  psi.resize(count);
  const std::vector<double> weights = Integrate(std::move(psi), undoing, {});
  forecast.sd.resize(count);
  forecast.sum_sd.resize(count);
  forecast.sum_mean.resize(count);
  double one = 0;
  double all = 0;
  double cumulative = 0;
  double mean = 0;
  for (std::size_t h = 0; h < count; ++h) {
    cumulative += weights[h];
    one += weights[h] * weights[h];
    all += cumulative * cumulative;
    mean += forecast.mean[h];
    forecast.sd[h] = one;
    forecast.sum_sd[h] = all;
    forecast.sum_mean[h] = mean;
  }
  for (const std::vector<double>& direction : state.uncertain) {
    const std::span<const double> whole(direction);
    const std::vector<double> response =
        Integrate(Predict(arma, whole.first(state.arma.size()), count), undoing,
                  whole.subspan(state.arma.size()));
    double sum = 0;
    for (std::size_t h = 0; h < count; ++h) {
      sum += response[h];
      forecast.sd[h] += response[h] * response[h];
      forecast.sum_sd[h] += sum * sum;
    }
  }
  const double sigma = std::sqrt(sigma2);
  for (std::size_t h = 0; h < count; ++h) {
    forecast.sd[h] = sigma * std::sqrt(forecast.sd[h]);
    forecast.sum_sd[h] = sigma * std::sqrt(forecast.sum_sd[h]);
  }
  for (const double p : probabilities) {
    const double z = NormalQuantile(p);
    std::vector<double>& each = forecast.quantiles.emplace_back(forecast.mean);
    std::vector<double>& sums = forecast.sum_quantiles.emplace_back(forecast.sum_mean);
    for (std::size_t h = 0; h < count; ++h) {
      each[h] += z * forecast.sd[h];
      sums[h] += z * forecast.sum_sd[h];
    }
  }
  return forecast;
}

}  // namespace epochcost::arima
