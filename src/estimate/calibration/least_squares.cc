#include "estimate/calibration/least_squares.h"

#include <Eigen/Dense>
#include <cmath>

namespace epochcost::estimate {
namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

class Problem {
 public:
  Problem(const std::vector<Prior>& priors, const std::vector<double>& measured,
          const std::function<void(const std::vector<double>&, std::vector<double>&)>& predict,
          const FitOptions& options)
      : priors_(priors), measured_(measured), predict_(predict), options_(options) {
    for (std::size_t i = 0; i < priors.size(); ++i) {
      if (priors[i].spread > 0) free_.push_back(i);
    }
  }

  // `offsets` are distances from the priors in their own spreads.
  [[nodiscard]] std::vector<double> Constants(const Vector& offsets) const {
    std::vector<double> constants;
    constants.reserve(priors_.size());
    for (const Prior& prior : priors_) constants.push_back(prior.value);
    for (std::size_t i = 0; i < free_.size(); ++i) {
      const Prior& prior = priors_[free_[i]];
      constants[free_[i]] = prior.value * std::exp(prior.spread * offsets[Index(i)]);
    }
    return constants;
  }

  [[nodiscard]] Vector Residuals(const Vector& offsets) const {
    std::vector<double> predicted(measured_.size());
    predict_(Constants(offsets), predicted);
    Vector residuals(Index(measured_.size()));
    for (std::size_t i = 0; i < measured_.size(); ++i) {
      residuals[Index(i)] = std::log(measured_[i] / predicted[i]);
    }
    return residuals;
  }

  [[nodiscard]] double Weight(double residual) const {
    const double limit = options_.noise * options_.robustness;
    const double beyond = std::abs(residual) / limit;
    return beyond <= 1 ? 1 : 1 / (beyond * beyond);
  }

  [[nodiscard]] double Objective(const Vector& residuals, const Vector& offsets) const {
    const double limit = options_.robustness;
    double sum = offsets.squaredNorm();
    for (const double residual : residuals) {
      const double z = std::abs(residual) / options_.noise;
      sum += z <= limit ? z * z : limit * limit * (1 + 2 * std::log(z / limit));
    }
    return sum;
  }

  [[nodiscard]] Matrix Jacobian(const Vector& offsets, const Vector& residuals) const {
    constexpr double kStep = 1e-4;
    Matrix jacobian(residuals.size(), offsets.size());
    for (Eigen::Index j = 0; j < offsets.size(); ++j) {
      Vector moved = offsets;
      moved[j] += kStep;
      jacobian.col(j) = (Residuals(moved) - residuals) / kStep;
    }
    return jacobian;
  }

  [[nodiscard]] std::size_t FreeCount() const { return free_.size(); }
  static Eigen::Index Index(std::size_t i) { return static_cast<Eigen::Index>(i); }

 private:
  const std::vector<Prior>& priors_;
  const std::vector<double>& measured_;
  const std::function<void(const std::vector<double>&, std::vector<double>&)>& predict_;
  const FitOptions& options_;
  std::vector<std::size_t> free_;
};

}  // namespace

Fit FitConstants(
    const std::vector<Prior>& priors, const std::vector<double>& measured,
    const std::function<void(const std::vector<double>&, std::vector<double>&)>& predict,
    const FitOptions& options) {
  const Problem problem(priors, measured, predict, options);
  Vector offsets = Vector::Zero(Problem::Index(problem.FreeCount()));
  Vector residuals = problem.Residuals(offsets);
  double objective = problem.Objective(residuals, offsets);
  double damping = 1e-2;
  for (int iteration = 0; iteration < options.iterations && problem.FreeCount() > 0; ++iteration) {
    const Matrix jacobian = problem.Jacobian(offsets, residuals);
    Vector weights(residuals.size());
    for (Eigen::Index i = 0; i < residuals.size(); ++i) {
      weights[i] = problem.Weight(residuals[i]) / (options.noise * options.noise);
    }
    const Matrix normal = jacobian.transpose() * weights.asDiagonal() * jacobian +
                          Matrix::Identity(offsets.size(), offsets.size());
    const Vector slope = jacobian.transpose() * weights.cwiseProduct(residuals) + offsets;
    bool moved = false;
    for (int attempt = 0; attempt < 8 && !moved; ++attempt) {
      Matrix damped = normal;
      damped.diagonal() *= 1 + damping;
      const Vector step = damped.ldlt().solve(slope);
      const Vector next = offsets - step;
      const Vector next_residuals = problem.Residuals(next);
      const double next_objective = problem.Objective(next_residuals, next);
      if (std::isfinite(next_objective) && next_objective < objective) {
        moved = objective - next_objective > 1e-6 * objective;
        offsets = next;
        residuals = next_residuals;
        objective = next_objective;
        damping = std::max(damping / 4, 1e-6);
        if (!moved) attempt = 8;
      } else {
        damping *= 5;
      }
    }
    if (!moved) break;
  }
  return {.constants = problem.Constants(offsets),
          .residuals = {residuals.begin(), residuals.end()},
          .objective = objective};
}

}  // namespace epochcost::estimate
