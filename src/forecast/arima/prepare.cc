#include "forecast/arima/prepare.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/text.h"
#include "forecast/arima/difference.h"

namespace epochcost::arima {
namespace {

// Squares of larger values, summed over a million of them, leave the range of a double.
constexpr double kLargest = 1e100;

double Dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// `column` less its least-squares fit on the basis, whose members are orthogonal.
void Reduce(std::vector<double>& column, const std::vector<std::vector<double>>& basis) {
  for (int pass = 0; pass < 2; ++pass) {  // the second mends the rounding of the first
    for (const std::vector<double>& other : basis) {
      const double share = Dot(other, column) / Dot(other, other);
      for (std::size_t i = 0; i < column.size(); ++i) column[i] -= share * other[i];
    }
  }
}

// Adds what is new in the column to the basis; false if nothing is but rounding.
bool Extend(std::vector<std::vector<double>>& basis, std::vector<double> column) {
  const double whole = Dot(column, column);
  Reduce(column, basis);
  if (!(Dot(column, column) > 1e-10 * whole)) return false;
  basis.push_back(std::move(column));
  return true;
}

Result<void> Check(std::span<const double> series, const Options& options) {
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!std::isnan(series[i]) && !(std::abs(series[i]) <= kLargest)) {
      return Fail(ErrorCode::kInvalidInput,
                  Say("value {} of the series is too large to compute with: {}", i, series[i]), {},
                  Say("the largest is 1e100"));
    }
  }
  if (std::ranges::all_of(series, [](double value) { return std::isnan(value); })) {
    return Fail(ErrorCode::kInvalidInput, Say("the series has no value to learn from"), {},
                Say("one value is enough for a first forecast"));
  }
  if (options.period < 1) {
    return Fail(ErrorCode::kInvalidInput, Say("a season of {} values cannot be", options.period),
                {}, Say("a season has at least two values; 1 says that there is none"));
  }
  for (std::size_t i = 0; i < options.regressors.size(); ++i) {
    const std::vector<double>& column = options.regressors[i];
    if (column.size() != series.size()) {
      return Fail(ErrorCode::kInvalidInput, Say("regressor {} has {} values, the series has {}", i,
                                                column.size(), series.size()));
    }
    if (!std::ranges::all_of(column, [](double v) { return std::abs(v) <= kLargest; })) {
      return Fail(ErrorCode::kInvalidInput, Say("regressor {} has a gap or an endless value", i),
                  {}, Say("a regressor is known at every step, also where the series has a gap"));
    }
  }
  return {};
}

}  // namespace

Result<Prepared> Prepare(std::span<const double> series, const Options& options) {
  if (auto checked = Check(series, options); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  Prepared prepared;
  while (std::isnan(series[prepared.trimmed])) ++prepared.trimmed;
  double largest = 0;
  for (const double value : series) {
    if (!std::isnan(value)) largest = std::max(largest, std::abs(value));
  }
  if (largest > 0) prepared.scale = largest;
  for (const double value : series.subspan(prepared.trimmed)) {
    prepared.values.push_back(value / prepared.scale);
    if (!std::isnan(value)) ++prepared.valid;
  }
  prepared.filled = Interpolated(prepared.values);
  for (const std::vector<double>& column : options.regressors) {
    std::vector<double> rest(column.begin() + static_cast<std::ptrdiff_t>(prepared.trimmed),
                             column.end());
    double size = 0;
    for (const double value : rest) size = std::max(size, std::abs(value));
    if (!(size > 0)) size = 1;
    for (double& value : rest) value /= size;
    prepared.regressors.push_back(std::move(rest));
    prepared.regressor_scale.push_back(size);
  }
  return prepared;
}

std::vector<bool> Informative(const Prepared& prepared, const Order& order) {
  std::vector<std::vector<double>> basis;
  const std::size_t count = prepared.filled.size() - static_cast<std::size_t>(order.Lost());
  if (order.d + order.seasonal_d <= 1) basis.emplace_back(count, 1.0);
  std::vector<bool> kept;
  for (const std::vector<double>& column : prepared.regressors) {
    kept.push_back(count > basis.size() + 4 && Extend(basis, Differenced(column, order)));
  }
  return kept;
}

std::vector<double> Unexplained(const Prepared& prepared) {
  std::vector<double> rest = prepared.filled;
  if (prepared.regressors.empty()) return rest;
  std::vector<std::vector<double>> basis{std::vector<double>(rest.size(), 1.0)};
  for (const std::vector<double>& column : prepared.regressors) Extend(basis, column);
  Reduce(rest, basis);
  return rest;
}

}  // namespace epochcost::arima
