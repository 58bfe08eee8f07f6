#include "forecast/arima/auto_arima.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "base/text.h"
#include "forecast/arima/difference.h"
#include "forecast/arima/fit.h"
#include "forecast/arima/gaps.h"
#include "forecast/arima/prepare.h"
#include "forecast/arima/search.h"
#include "forecast/arima/unit_root.h"

namespace epochcost::arima {
namespace {

// Multiplications beyond which the filter with gaps gets one evaluation and no ascent, and beyond
// which straight lines close the gaps.
constexpr double kDearPerEvaluation = 3e8;
constexpr double kTooDear = 2e10;

// The columns that the differenced model sees: the series, a constant where the order has one, the
// regressors kept.
Columns DifferencedColumns(const Prepared& prepared, const Order& order,
                           const std::vector<bool>& kept) {
  Columns columns{Differenced(prepared.filled, order)};
  for (std::size_t i = 0; i < prepared.regressors.size(); ++i) {
    if (kept[i]) columns.push_back(Differenced(prepared.regressors[i], order));
  }
  return order.constant ? WithConstant(columns) : columns;
}

// The same before differencing: a constant of the differenced series is a line of the series.
Columns WholeColumns(const Prepared& prepared, const Order& order, const std::vector<bool>& kept) {
  Columns columns{prepared.values};
  if (order.constant) {
    std::vector<double> line(prepared.values.size(), 1.0);
    if (order.Lost() > 0) {
      for (std::size_t t = 0; t < line.size(); ++t) {
        line[t] = static_cast<double>(t) / static_cast<double>(order.Lost());
      }
    }
    columns.push_back(std::move(line));
  }
  for (std::size_t i = 0; i < prepared.regressors.size(); ++i) {
    if (kept[i]) columns.push_back(prepared.regressors[i]);
  }
  return columns;
}

Order ChooseDifferencing(const Prepared& prepared, const Options& options) {
  Order order{.period = options.period};
  std::vector<double> rest = Unexplained(prepared);
  if (options.seasonal_d) {
    order.seasonal_d = options.period > 1 ? *options.seasonal_d : 0;
  } else if (options.period > 1) {
    order.seasonal_d = SeasonalDifferences(rest, options.period, options.max_seasonal_d);
  }
  while (order.seasonal_d > 0 &&
         rest.size() < static_cast<std::size_t>(order.seasonal_d * options.period) + 2) {
    --order.seasonal_d;
  }
  rest = Differenced(rest, order);
  order.d = options.d ? *options.d : Differences(rest, options.max_d);
  while (order.d > 0 && rest.size() < static_cast<std::size_t>(order.d) + 2) --order.d;
  return order;
}

bool HasRoom(const Prepared& prepared, const Order& order) {
  return static_cast<int>(prepared.valid) > order.Lost() + (order.constant ? 1 : 0);
}

// Coefficients with equal roots of the moving averages; the surface may have a top near each.
Coefficients Start(const Order& order, double ma) {
  Coefficients start{
      .ar = std::vector<double>(static_cast<std::size_t>(order.p), 0.0),
      .ma = {},
      .seasonal_ar = std::vector<double>(static_cast<std::size_t>(order.seasonal_p), 0.0),
      .seasonal_ma = {}};
  const auto power = [](int degree, double root) {
    std::vector<double> c{1.0};
    for (int i = 0; i < degree; ++i) {
      c.push_back(0.0);
      for (std::size_t k = c.size() - 1; k > 0; --k) c[k] += root * c[k - 1];
    }
    return std::vector<double>(c.begin() + 1, c.end());
  };
  start.ma = power(order.q, ma);
  start.seasonal_ma = power(order.seasonal_q, ma == 0 ? 0.0 : -0.5);
  return start;
}

std::optional<Chosen> FitGiven(const Prepared& prepared, const Order& order,
                               const std::vector<bool>& kept, bool rough) {
  const Columns columns = DifferencedColumns(prepared, order, kept);
  Fitter fitter(columns, order.period, rough ? kRoughlyEnough : kEnough);
  if (rough) {
    std::optional<Estimate> estimate = fitter.Climb(order, std::nullopt);
    if (!estimate) return std::nullopt;
    return Chosen{.order = order, .estimate = std::move(*estimate), .models_tried = 1};
  }
  const auto surface = [&fitter](const Coefficients& c) { return fitter.Evaluate(c); };
  std::optional<Estimate> best;
  std::vector<std::optional<Coefficients>> starts{std::nullopt};
  for (const double ma : {0.0, 0.7, -0.5}) starts.emplace_back(Start(order, ma));
  for (const std::optional<Coefficients>& start : starts) {
    std::optional<Estimate> estimate = fitter.Climb(order, start);
    if (!estimate) continue;
    estimate = Polish(*estimate, surface);
    if (!best || estimate->log_likelihood > best->log_likelihood) best = std::move(estimate);
  }
  if (!best) return std::nullopt;
  return Chosen{.order = order, .estimate = std::move(*best), .models_tried = 1};
}

std::optional<Chosen> Choose(const Prepared& prepared, const Options& options,
                             std::vector<bool>& kept) {
  if (options.order) {
    Order order = *options.order;
    order.period = order.period > 1 ? order.period : options.period;
    if (order.d + order.seasonal_d > 1) order.constant = false;
    if (static_cast<int>(prepared.valid) > order.Lost() + order.Parameters()) {
      kept = Informative(prepared, order);
      if (auto given = FitGiven(prepared, order, kept, options.rough)) return given;
    }
  }
  Order order = ChooseDifferencing(prepared, options);
  kept = Informative(prepared, order);
  const std::vector<double> differenced = Differenced(prepared.filled, order);
  // Rounding is what varies in a constant: nothing to model.
  if (!IsConstant(differenced) || std::ranges::find(kept, true) != kept.end()) {
    if (auto found = FindOrder(DifferencedColumns(prepared, order, kept), order, options)) {
      return found;
    }
  }
  std::fill(kept.begin(), kept.end(), false);
  order.constant = order.d + order.seasonal_d <= 1;
  if (!HasRoom(prepared, order)) order = Order{.period = options.period, .constant = true};
  return FitGiven(prepared, order, kept, options.rough);
}

// The state after the last value, from the fast filter and the levels themselves.
Fitted::State CompleteState(const Prepared& prepared, const Order& order, const Columns& columns,
                            const std::vector<bool>& kept, const Estimate& estimate) {
  Fitter fitter(columns, order.period);
  Fitted::State state;
  if (!fitter.Evaluate(estimate.coefficients)) return state;
  state.arma = fitter.Filter().State(0);
  for (std::size_t i = 0; i < estimate.beta.size(); ++i) {
    const std::vector<double> other = fitter.Filter().State(i + 1);
    for (std::size_t k = 0; k < state.arma.size(); ++k) {
      state.arma[k] -= estimate.beta[i] * other[k];
    }
  }
  const std::size_t n = prepared.filled.size();
  for (std::size_t i = 1; i <= static_cast<std::size_t>(order.Lost()); ++i) {
    double level = prepared.filled[n - i];
    std::size_t at = order.constant ? 1 : 0;
    for (std::size_t c = 0; c < kept.size(); ++c) {
      if (kept[c]) level -= estimate.beta[at++] * prepared.regressors[c][n - i];
    }
    state.levels.push_back(level);
  }
  state.uncertain = fitter.Filter().Uncertain();
  for (std::vector<double>& column : state.uncertain) {
    column.resize(column.size() + state.levels.size(), 0.0);
  }
  return state;
}

// Refits with the gaps as gaps. False where that is too dear or impossible: lines close them then.
bool FitGaps(const Prepared& prepared, const std::vector<bool>& kept, Chosen& chosen,
             Fitted::State& state) {
  const Order& order = chosen.order;
  const Columns columns = WholeColumns(prepared, order, kept);
  const double width = Expand(chosen.estimate.coefficients, order.period).Width() + order.Lost();
  const double cost = width * width * static_cast<double>(prepared.values.size());
  if (cost > kTooDear) return false;
  GapFilter filter(columns, order);
  std::optional<Estimate> estimate = filter.Evaluate(chosen.estimate.coefficients);
  if (!estimate) return false;
  if (cost <= kDearPerEvaluation) {
    estimate = Polish(*estimate, [&filter](const Coefficients& c) { return filter.Evaluate(c); });
    if (!filter.Evaluate(estimate->coefficients)) return false;
  }
  chosen.estimate = std::move(*estimate);
  state = filter.State(chosen.estimate.beta);
  if (order.constant) {
    // Levels here are those of the series: the line that the constant makes goes back in.
    const double slope = order.Lost() > 0 ? chosen.estimate.beta[0] / order.Lost() : 0.0;
    const auto n = static_cast<double>(prepared.values.size());
    for (std::size_t i = 0; i < state.levels.size(); ++i) {
      state.levels[i] += slope * (n - 1 - static_cast<double>(i));
    }
  }
  return true;
}

void ToUnitsOfTheSeries(const Prepared& prepared, const std::vector<bool>& kept, Fitted& fitted) {
  std::size_t at = 0;
  if (fitted.order.constant) fitted.beta[at++] *= prepared.scale;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) fitted.beta[at++] *= prepared.scale / prepared.regressor_scale[i];
  }
  for (double& value : fitted.state.arma) value *= prepared.scale;
  for (double& value : fitted.state.levels) value *= prepared.scale;
}

}  // namespace

Result<Fitted> FitAuto(std::span<const double> series, const Options& options) {
  const Result<Prepared> read = Prepare(series, options);
  if (!read) return tl::unexpected(read.error());
  const Prepared& prepared = *read;
  std::vector<bool> kept;
  std::optional<Chosen> chosen = Choose(prepared, options, kept);
  if (!chosen) {
    return Fail(ErrorCode::kInvalidInput, Say("no ARIMA model can be computed for this series"));
  }
  Fitted fitted;
  const bool as_gaps = prepared.HasGaps() && FitGaps(prepared, kept, *chosen, fitted.state);
  if (!as_gaps) {
    fitted.state =
        CompleteState(prepared, chosen->order, DifferencedColumns(prepared, chosen->order, kept),
                      kept, chosen->estimate);
  }
  const Estimate& estimate = chosen->estimate;
  const Order& order = chosen->order;
  fitted.order = order;
  fitted.coefficients = estimate.coefficients;
  fitted.beta = estimate.beta;
  fitted.regressor_kept = kept;
  fitted.models_tried = chosen->models_tried;
  fitted.observations = prepared.valid;
  const auto count = static_cast<double>(as_gaps ? prepared.valid : prepared.values.size()) -
                     static_cast<double>(order.Lost());
  const auto estimated =
      static_cast<double>(order.Parameters()) + static_cast<double>(std::ranges::count(kept, true));
  fitted.spread_known = static_cast<double>(prepared.valid) > order.Lost() + estimated;
  fitted.log_likelihood = estimate.log_likelihood - count * std::log(prepared.scale);
  const Criteria criteria = CriteriaOf(fitted.log_likelihood, estimated + 1, count);
  fitted.aic = criteria.aic;
  fitted.aicc = criteria.aicc;
  fitted.bic = criteria.bic;
  fitted.sigma2 =
      estimate.sigma2 * prepared.scale * prepared.scale * count / std::max(1.0, count - estimated);
  if (!fitted.spread_known) fitted.sigma2 = 0;
  fitted.residuals.assign(series.size() - estimate.innovations.size(),
                          std::numeric_limits<double>::quiet_NaN());
  for (const double innovation : estimate.innovations) {
    fitted.residuals.push_back(innovation * prepared.scale);
  }
  ToUnitsOfTheSeries(prepared, kept, fitted);
  return fitted;
}

}  // namespace epochcost::arima
