#pragma once
// Seasonal ARIMA with a mean or drift and external regressors: which orders suit a series, their
// coefficients, and the distribution of what comes.
//
// Orders are chosen as Hyndman and Khandakar do ("Automatic time series forecasting: the forecast
// package for R", Journal of Statistical Software 27(3), 2008): the seasonal difference by the
// strength of the season, the ordinary ones by the KPSS test, the rest by an information criterion.
// Every candidate is judged by its exact Gaussian likelihood.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "forecast/arima/order.h"

namespace epochcost::arima {

enum class Criterion { kAicc, kAic, kBic };
enum class Search {
  kStepwise,  // from four starting models to better neighbours, as Hyndman and Khandakar
  kFull,      // every order whose p + q + P + Q does not exceed max_order
};

struct Options {
  int period = 1;  // observations in a season; 1: no season
  int max_p = 5;
  int max_q = 5;
  int max_seasonal_p = 2;
  int max_seasonal_q = 2;
  int max_order = 5;  // of the full search
  int max_d = 2;
  int max_seasonal_d = 1;
  std::optional<int> d;           // instead of the unit-root test
  std::optional<int> seasonal_d;  // instead of the test of the season
  bool allow_constant = true;
  Criterion criterion = Criterion::kAicc;
  Search search = Search::kStepwise;
  std::optional<Order> order;  // fit this one and search nothing
  // One ascent from the usual start, to six digits of the likelihood: enough to forecast with.
  bool rough = false;
  // Columns known beforehand that move the series (a larger batch, a night tariff), each as long as
  // the series and free of NaN. A column that says nothing new after differencing is left out.
  std::vector<std::vector<double>> regressors;
};

// What comes. Steps count from the end of the series, the first is [0]. The errors are Gaussian
// with known coefficients: honest about noise, silent about a wrong model.
struct Forecast {
  std::vector<double> mean;
  std::vector<double> sd;
  std::vector<double> sum_mean;  // [h]: of the first h + 1 steps together
  std::vector<double> sum_sd;    // the errors of steps are correlated: no root of a sum of squares
  // [i][h]: what step h, or the sum up to it, stays below with the i-th probability asked for
  std::vector<std::vector<double>> quantiles;
  std::vector<std::vector<double>> sum_quantiles;
  bool spread_known = true;  // false: too few points to say; sd is then 0 and means nothing
};

// The coefficients of a model, in the signs of Box and Jenkins as R has them:
//   w_t = ar_1 w_{t−1} + … + e_t + ma_1 e_{t−1} + …
struct Coefficients {
  std::vector<double> ar;
  std::vector<double> ma;
  std::vector<double> seasonal_ar;
  std::vector<double> seasonal_ma;
};

// A fitted model, with what it needs to forecast. A value; thread-compatible.
struct Fitted {
  Order order;
  Coefficients coefficients;
  std::vector<double> beta;  // of the constant first where there is one, then of the regressors
  std::vector<bool> regressor_kept;  // one a column of Options::regressors
  // Of the innovations: their sum of squares over the values counted less the numbers estimated.
  double sigma2 = 0;
  double log_likelihood = 0;
  double aic = 0;
  double aicc = 0;
  double bic = 0;
  std::size_t observations = 0;  // that were not NaN
  int models_tried = 0;
  // One step ahead, in units of the series; NaN where the series is, and for what differencing
  // used up.
  std::vector<double> residuals;

  // The distribution of the next `steps` values (at most kMaxSteps). `future_regressors` has a
  // column of `steps` values for each of Options::regressors. `probabilities` lie between 0 and 1.
  [[nodiscard]] Result<Forecast> Ahead(
      int steps, std::span<const double> probabilities = {},
      std::span<const std::vector<double>> future_regressors = {}) const;

  static constexpr int kMaxSteps = 10'000'000;

  // Where the filter stands after the last value, in units of the series.
  struct State {
    std::vector<double> arma;    // predicted state: [i] is what is known now of step i
    std::vector<double> levels;  // the last Lost() values less regressors, latest first
    // Square root of the state's variance in units of sigma2 (without innovations to come), a
    // column for each direction that is uncertain: first of arma, then of levels.
    std::vector<std::vector<double>> uncertain;
  };
  State state;
  bool spread_known = true;
};

// Fits `series`, one value a step, NaN where one is missing. Always an answer where one can be
// given: a series that is too short, constant or odd gets a simpler model. An error where nothing
// is left to learn from: no value at all, an infinite one, columns of the wrong length.
[[nodiscard]] Result<Fitted> FitAuto(std::span<const double> series, const Options& options = {});

}  // namespace epochcost::arima
