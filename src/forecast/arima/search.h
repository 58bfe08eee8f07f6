#pragma once
// Which orders suit a series.

#include <optional>
#include <vector>

#include "forecast/arima/auto_arima.h"
#include "forecast/arima/fit.h"

namespace epochcost::arima {

struct Criteria {
  double aic;
  double aicc;
  double bic;
};

// Of a likelihood with `parameters` estimated numbers (the variance among them) from `count`
// values. AICc is infinite where there are too few values for it.
[[nodiscard]] Criteria CriteriaOf(double log_likelihood, double parameters, double count);

struct Chosen {
  Order order;
  Estimate estimate;
  int models_tried = 0;
};

// The best model for the differenced series `columns[0]` with regressors columns[1…], among orders
// with the d, D and period of `differencing`. `columns` has no column for the constant; one is
// tried where differencing allows it. Nothing where no model at all can be evaluated.
[[nodiscard]] std::optional<Chosen> FindOrder(const Columns& columns, const Order& differencing,
                                              const Options& options);

// `columns` with a column of ones behind the series.
[[nodiscard]] Columns WithConstant(const Columns& columns);

}  // namespace epochcost::arima
