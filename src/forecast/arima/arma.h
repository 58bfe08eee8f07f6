#pragma once
// The algebra of ARMA models: multiplied-out polynomials, the region of stationarity, what a
// stationary process knows about itself.

#include <span>
#include <vector>

#include "forecast/arima/auto_arima.h"

namespace epochcost::arima {

struct Term {
  int lag;
  double coefficient;
};

// φ(B)Φ(Bᵐ) and θ(B)Θ(Bᵐ) multiplied out. Only what is not zero is kept: with a long season most
// coefficients are.
struct Arma {
  std::vector<Term> ar;
  std::vector<Term> ma;
  int ar_degree = 0;
  int ma_degree = 0;

  // The dimension of Harvey's state.
  [[nodiscard]] int Width() const { return ar_degree > ma_degree ? ar_degree : ma_degree + 1; }
};

[[nodiscard]] Arma Expand(const Coefficients& coefficients, int period);

// Partial autocorrelations of 1 − c₁B − c₂B² − …, by Levinson's recursion run backwards. Empty
// where the polynomial has a root in or on the unit circle.
[[nodiscard]] std::vector<double> ToPartial(std::span<const double> c);

// The inverse: any partial autocorrelations within (−1, 1) give a polynomial whose roots lie
// outside the unit circle (Monahan, "A note on enforcing stationarity in autoregressive-moving
// average models", Biometrika 71(2), 1984).
[[nodiscard]] std::vector<double> FromPartial(std::span<const double> partial);

// True if all partial autocorrelations of the polynomial are smaller than `limit` in size.
[[nodiscard]] bool IsStationary(std::span<const double> c, double limit = 1.0);

// θ as the coefficients of an autoregression, whose polynomial has the opposite signs.
[[nodiscard]] std::vector<double> Negated(std::span<const double> c);

// The modulus of the root of 1 − c₁B − … nearest to zero; infinite for a constant polynomial.
[[nodiscard]] double SmallestRoot(std::span<const double> c);

// Weights of past innovations: ψ₀ = 1, ψ₁, … up to ψ_{count−1}.
[[nodiscard]] std::vector<double> PsiWeights(const Arma& arma, int count);

// The first column of the stationary state's covariance in units of σ²: of Harvey's state i with
// the process itself. Autocovariances come from the autoregression's partial autocorrelations, in
// O(degree²), not from a Lyapunov equation. Empty where the process is not stationary.
[[nodiscard]] std::vector<double> StationaryColumn(const Arma& arma);

}  // namespace epochcost::arima
