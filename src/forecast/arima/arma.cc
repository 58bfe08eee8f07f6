#include "forecast/arima/arma.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace epochcost::arima {
namespace {

// (1 + sign·Σ aᵢBⁱ)(1 + sign·Σ AⱼB^{mj}) = 1 + sign·Σ result; terms in the order of their lags.
std::vector<Term> Product(std::span<const double> plain, std::span<const double> seasonal,
                          int period, double sign) {
  std::vector<Term> terms;
  const auto add = [&terms](int lag, double coefficient) {
    if (coefficient != 0) terms.push_back({lag, coefficient});
  };
  for (std::size_t i = 0; i < plain.size(); ++i) add(static_cast<int>(i) + 1, plain[i]);
  for (std::size_t j = 0; j < seasonal.size(); ++j) {
    const int lag = (static_cast<int>(j) + 1) * period;
    add(lag, seasonal[j]);
    for (std::size_t i = 0; i < plain.size(); ++i) {
      add(lag + static_cast<int>(i) + 1, sign * plain[i] * seasonal[j]);
    }
  }
  std::ranges::sort(terms, {}, &Term::lag);
  return terms;
}

int Degree(std::span<const Term> terms) { return terms.empty() ? 0 : terms.back().lag; }

// Autocovariances of the autoregression with unit innovations, lags 0 … count − 1.
std::vector<double> ArAutocovariances(const Arma& arma, int count) {
  const auto p = static_cast<std::size_t>(arma.ar_degree);
  std::vector<double> dense(p, 0.0);
  for (const Term& term : arma.ar)
    dense[static_cast<std::size_t>(term.lag - 1)] += term.coefficient;
  // Row k holds the coefficients of the best predictor from k values.
  std::vector<std::vector<double>> predictors(p + 1);
  predictors[p] = dense;
  double variance = 1;
  for (std::size_t k = p; k > 0; --k) {
    const std::vector<double>& now = predictors[k];
    const double partial = now[k - 1];
    const double rest = 1 - partial * partial;
    if (!(rest > 0)) return {};
    variance /= rest;
    std::vector<double>& lower = predictors[k - 1];
    lower.resize(k - 1);
    for (std::size_t i = 0; i + 1 < k; ++i) lower[i] = (now[i] + partial * now[k - 2 - i]) / rest;
  }
  std::vector<double> gamma(static_cast<std::size_t>(std::max(count, 1)), 0.0);
  gamma[0] = variance;
  for (std::size_t k = 1; k < gamma.size(); ++k) {
    if (k <= p) {
      const std::vector<double>& now = predictors[k];
      // The predictor of order k reproduces γ(k) from the k before it.
      for (std::size_t i = 0; i < k; ++i) gamma[k] += now[i] * gamma[k - 1 - i];
    } else {
      for (const Term& term : arma.ar) {
        gamma[k] += term.coefficient * gamma[k - static_cast<std::size_t>(term.lag)];
      }
    }
  }
  return gamma;
}

}  // namespace

Arma Expand(const Coefficients& coefficients, int period) {
  Arma arma;
  arma.ar = Product(coefficients.ar, coefficients.seasonal_ar, period, -1.0);
  arma.ma = Product(coefficients.ma, coefficients.seasonal_ma, period, 1.0);
  arma.ar_degree = Degree(arma.ar);
  arma.ma_degree = Degree(arma.ma);
  return arma;
}

std::vector<double> ToPartial(std::span<const double> c) {
  std::vector<double> work(c.begin(), c.end());
  std::vector<double> partial(c.size());
  for (std::size_t k = c.size(); k > 0; --k) {
    const double last = work[k - 1];
    if (!(std::abs(last) < 1)) return {};
    partial[k - 1] = last;
    const double rest = 1 - last * last;
    std::vector<double> lower(k - 1);
    for (std::size_t i = 0; i + 1 < k; ++i) lower[i] = (work[i] + last * work[k - 2 - i]) / rest;
    work = std::move(lower);
  }
  return partial;
}

std::vector<double> FromPartial(std::span<const double> partial) {
  std::vector<double> c;
  for (const double last : partial) {
    std::vector<double> higher(c.size() + 1);
    for (std::size_t i = 0; i < c.size(); ++i) higher[i] = c[i] - last * c[c.size() - 1 - i];
    higher.back() = last;
    c = std::move(higher);
  }
  return c;
}

bool IsStationary(std::span<const double> c, double limit) {
  if (c.empty()) return true;
  const std::vector<double> partial = ToPartial(c);
  return !partial.empty() &&
         std::ranges::all_of(partial, [limit](double k) { return std::abs(k) < limit; });
}

std::vector<double> Negated(std::span<const double> c) {
  std::vector<double> negated(c.begin(), c.end());
  for (double& value : negated) value = -value;
  return negated;
}

double SmallestRoot(std::span<const double> c) {
  std::size_t degree = c.size();
  while (degree > 0 && std::abs(c[degree - 1]) < 1e-8) --degree;
  if (degree == 0) return std::numeric_limits<double>::infinity();
  if (degree == 1) return 1 / std::abs(c[0]);
  // The reciprocals of the roots are the eigenvalues of the companion matrix.
  const auto size = static_cast<Eigen::Index>(degree);
  Eigen::MatrixXd companion = Eigen::MatrixXd::Zero(size, size);
  for (std::size_t i = 0; i < degree; ++i) companion(0, static_cast<Eigen::Index>(i)) = c[i];
  for (Eigen::Index i = 1; i < size; ++i) companion(i, i - 1) = 1;
  const double largest = companion.eigenvalues().cwiseAbs().maxCoeff();
  return largest > 0 ? 1 / largest : std::numeric_limits<double>::infinity();
}

std::vector<double> PsiWeights(const Arma& arma, int count) {
  std::vector<double> psi(static_cast<std::size_t>(std::max(count, 1)), 0.0);
  psi[0] = 1;
  for (const Term& term : arma.ma) {
    if (term.lag < count) psi[static_cast<std::size_t>(term.lag)] += term.coefficient;
  }
  for (int k = 1; k < count; ++k) {
    for (const Term& term : arma.ar) {
      if (term.lag > k) break;
      psi[static_cast<std::size_t>(k)] +=
          term.coefficient * psi[static_cast<std::size_t>(k - term.lag)];
    }
  }
  return psi;
}

std::vector<double> StationaryColumn(const Arma& arma) {
  const int p = arma.ar_degree;
  const int q = arma.ma_degree;
  const std::vector<double> pure = ArAutocovariances(arma, p + q + 1);
  if (pure.empty()) return {};
  // The process is the moving average θ of the pure autoregression: twice a sum over θ.
  std::vector<double> once(static_cast<std::size_t>(p + q + 1));
  const auto place = [q](int lag) {
    const int at = lag + q;
    return static_cast<std::size_t>(at);
  };
  const auto at = [&pure](int lag) { return pure[static_cast<std::size_t>(std::abs(lag))]; };
  for (int lag = -q; lag <= p; ++lag) {
    double sum = at(lag);
    for (const Term& term : arma.ma) sum += term.coefficient * at(lag + term.lag);
    once[place(lag)] = sum;
  }
  std::vector<double> gamma(static_cast<std::size_t>(p + 1));
  for (int lag = 0; lag <= p; ++lag) {
    double sum = once[place(lag)];
    for (const Term& term : arma.ma) {
      sum += term.coefficient * once[place(lag - term.lag)];
    }
    gamma[static_cast<std::size_t>(lag)] = sum;
  }
  const std::vector<double> psi = PsiWeights(arma, q + 1);
  std::vector<double> column(static_cast<std::size_t>(arma.Width()), 0.0);
  column[0] = gamma[0];
  for (int i = 1; i < arma.Width(); ++i) {
    double sum = 0;
    for (const Term& term : arma.ar) {
      if (term.lag > i) sum += term.coefficient * gamma[static_cast<std::size_t>(term.lag - i)];
    }
    for (const Term& term : arma.ma) {
      if (term.lag >= i) sum += term.coefficient * psi[static_cast<std::size_t>(term.lag - i)];
    }
    column[static_cast<std::size_t>(i)] = sum;
  }
  return column;
}

}  // namespace epochcost::arima
