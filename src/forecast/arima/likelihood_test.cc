#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

#include "forecast/arima/auto_arima.h"
#include "forecast/arima/difference.h"
#include "forecast/arima/fit.h"
#include "forecast/arima/gaps.h"
#include "forecast/arima/made_up_series.h"
#include "forecast/arima/search.h"

namespace epochcost::arima {
namespace {

struct Row {
  Order order;
  double log_likelihood = 0;
  double aicc = 0;
  double beta = 0;
  Coefficients coefficients;
  std::vector<double> series;
  [[nodiscard]] bool HasGaps() const {
    for (const double value : series) {
      if (std::isnan(value)) return true;
    }
    return false;
  }
};

// What bench/accuracy/arima_peers/fixture.R wrote.
std::vector<Row> RowsOfR() {
  std::ifstream file(EPOCHCOST_SOURCE_DIR "/src/forecast/arima/testdata/r_likelihoods.csv");
  std::vector<Row> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream stream(line);
    std::vector<std::string> cells;
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    const auto whole = [&cells](std::size_t i) { return std::atoi(cells.at(i).c_str()); };
    Row row{.order = {.p = whole(0),
                      .d = whole(1),
                      .q = whole(2),
                      .seasonal_p = whole(3),
                      .seasonal_d = whole(4),
                      .seasonal_q = whole(5),
                      .period = whole(6),
                      .constant = whole(7) == 1},
            .log_likelihood = std::atof(cells.at(8).c_str()),
            .aicc = std::atof(cells.at(9).c_str()),
            .beta = std::atof(cells.at(10).c_str())};
    std::istringstream numbers(cells.at(11));
    for (const auto& [group, count] : {std::pair{&row.coefficients.ar, row.order.p},
                                       {&row.coefficients.ma, row.order.q},
                                       {&row.coefficients.seasonal_ar, row.order.seasonal_p},
                                       {&row.coefficients.seasonal_ma, row.order.seasonal_q}}) {
      group->resize(static_cast<std::size_t>(count));
      for (double& value : *group) numbers >> value;
    }
    std::istringstream values(cells.at(12));
    for (std::string value; values >> value;) {
      row.series.push_back(value == "NA" ? std::numeric_limits<double>::quiet_NaN()
                                         : std::atof(value.c_str()));
    }
    rows.push_back(row);
  }
  return rows;
}

// −2 log L of a dense Gaussian with the model's autocovariances, σ² at its maximum: no recursion.
double DenseLikelihood(const std::vector<double>& w, const Coefficients& c, int period) {
  const std::size_t n = w.size();
  const std::vector<double> psi = PsiWeights(Expand(c, period), 4000);
  std::vector<std::vector<double>> lower(n, std::vector<double>(n, 0.0));
  std::vector<double> gamma(n, 0.0);
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j + k < psi.size(); ++j) gamma[k] += psi[j] * psi[j + k];
  }
  double log_determinant = 0;
  double sum = 0;
  std::vector<double> solved(n);
  for (std::size_t i = 0; i < n; ++i) {
    double value = w[i];
    for (std::size_t j = 0; j <= i; ++j) {
      double entry = gamma[i - j];
      for (std::size_t k = 0; k < j; ++k) entry -= lower[i][k] * lower[j][k];
      lower[i][j] = j == i ? std::sqrt(entry) : entry / lower[j][j];
    }
    for (std::size_t k = 0; k < i; ++k) value -= lower[i][k] * solved[k];
    solved[i] = value / lower[i][i];
    log_determinant += 2 * std::log(lower[i][i]);
    sum += solved[i] * solved[i];
  }
  const auto count = static_cast<double>(n);
  return -0.5 * (count * (std::log(2 * std::numbers::pi * sum / count) + 1) + log_determinant);
}

TEST(ExactFilter, AgreesWithTheDenseGaussianLikelihood) {
  const std::vector<double> w = MadeUpNoise(60, 7);
  for (const Coefficients& c : {Coefficients{{0.7}, {}, {}, {}},
                                {{}, {0.9}, {}, {}},
                                {{0.5, 0.3}, {-0.4, 0.2}, {}, {}},
                                {{0.3}, {0.6}, {0.5}, {-0.7}},
                                {{}, {-0.95, 0.2}, {0.4, 0.3}, {}},
                                {{1.2, -0.5, 0.1}, {0.3, 0.2, 0.1, 0.05}, {}, {0.8}}}) {
    Columns columns{w};
    const auto estimate = Fitter(columns, 5).Evaluate(c);
    ASSERT_TRUE(estimate.has_value());
    EXPECT_NEAR(estimate->log_likelihood, DenseLikelihood(w, c, 5), 1e-8);
  }
}

TEST(ExactFilter, AgreesWithRAtTheCoefficientsOfR) {
  int compared = 0;
  for (const Row& row : RowsOfR()) {
    if (row.HasGaps()) continue;
    Columns columns{Differenced(row.series, row.order)};
    if (row.order.constant) columns = WithConstant(columns);
    const auto estimate = Fitter(columns, row.order.period).Evaluate(row.coefficients);
    ASSERT_TRUE(estimate.has_value()) << Describe(row.order);
    EXPECT_NEAR(estimate->log_likelihood, row.log_likelihood, 1e-7 * std::abs(row.log_likelihood))
        << Describe(row.order);
    ++compared;
  }
  EXPECT_GE(compared, 14);
}

TEST(GapFilter, AgreesWithRWhereValuesAreMissing) {
  int compared = 0;
  for (const Row& row : RowsOfR()) {
    if (!row.HasGaps()) continue;
    std::vector<std::vector<double>> columns{row.series};
    if (row.order.constant) columns.emplace_back(row.series.size(), 1.0);
    GapFilter filter(columns, row.order);
    const auto estimate = filter.Evaluate(row.coefficients);
    ASSERT_TRUE(estimate.has_value()) << Describe(row.order);
    EXPECT_NEAR(estimate->log_likelihood, row.log_likelihood, 1e-7 * std::abs(row.log_likelihood))
        << Describe(row.order);
    ++compared;
  }
  EXPECT_GE(compared, 7);
}

TEST(GapFilter, IsTheFastFilterWhereNothingIsMissing) {
  const std::vector<double> series = MadeUpWalk(50, 3);
  for (const Order& order :
       {Order{.p = 1, .d = 1, .q = 1}, Order{.d = 2, .q = 1},
        Order{.p = 1, .seasonal_d = 1, .seasonal_q = 1, .period = 4},
        Order{.d = 1, .q = 1, .seasonal_p = 1, .seasonal_d = 1, .period = 4}}) {
    Coefficients c{
        .ar = std::vector<double>(static_cast<std::size_t>(order.p), 0.4),
        .ma = std::vector<double>(static_cast<std::size_t>(order.q), -0.3),
        .seasonal_ar = std::vector<double>(static_cast<std::size_t>(order.seasonal_p), 0.5),
        .seasonal_ma = std::vector<double>(static_cast<std::size_t>(order.seasonal_q), -0.6)};
    Columns differenced{Differenced(series, order)};
    const std::vector<std::vector<double>> whole{series};
    const auto fast = Fitter(differenced, order.period).Evaluate(c);
    const auto slow = GapFilter(whole, order).Evaluate(c);
    ASSERT_TRUE(fast && slow);
    EXPECT_NEAR(fast->log_likelihood, slow->log_likelihood, 1e-6);
    EXPECT_NEAR(fast->innovations.back(), slow->innovations.back(), 1e-6);
  }
}

TEST(FitAuto, ReachesTheLikelihoodOfRForAGivenOrder) {
  for (const Row& row : RowsOfR()) {
    const auto fitted =
        FitAuto(row.series, Options{.period = row.order.period, .order = row.order});
    ASSERT_TRUE(fitted.has_value());
    EXPECT_EQ(fitted->order, row.order);
    // Where R stops at a lower top of the surface, ours may be higher.
    EXPECT_GE(fitted->log_likelihood, row.log_likelihood - 1e-6 * std::abs(row.log_likelihood))
        << Describe(row.order) << (row.HasGaps() ? " with gaps" : "");
    if (fitted->log_likelihood < row.log_likelihood + 1e-6 * std::abs(row.log_likelihood)) {
      EXPECT_NEAR(fitted->aicc, row.aicc, 1e-5 * std::abs(row.aicc));
      if (row.order.constant) {
        EXPECT_NEAR(fitted->beta[0], row.beta, 1e-3 * std::abs(row.beta) + 1e-3);
      }
    }
  }
}

}  // namespace
}  // namespace epochcost::arima
