#include "estimate/calibration/residual.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <numbers>

namespace epochcost::estimate {
namespace {

// Of the pieces of three letters of two names, the part that both have.
double SharedPieces(const std::string& a, const std::string& b) {
  if (a == b) return 1;
  const auto pieces = [](const std::string& name) {
    std::vector<std::uint32_t> found;
    std::uint32_t piece = '^';
    for (const char c : name + "$") {
      piece = (piece << 8 | static_cast<unsigned char>(c)) & 0xffffff;
      if (piece > 0xffff) found.push_back(piece);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  };
  const auto of_a = pieces(a);
  const auto of_b = pieces(b);
  std::vector<std::uint32_t> both;
  std::set_intersection(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                        std::back_inserter(both));
  const std::size_t all = of_a.size() + of_b.size() - both.size();
  return all == 0 ? 0 : static_cast<double>(both.size()) / static_cast<double>(all);
}

// How many words two names have in common: runs of letters ("seresnext", "d") or of digits.
double SharedWords(const std::string& a, const std::string& b) {
  const auto words = [](const std::string& name) {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < name.size(); ++i) {
      const bool is_letter = std::isalpha(static_cast<unsigned char>(name[i])) != 0;
      if (!is_letter) continue;
      if (i == 0 || std::isalpha(static_cast<unsigned char>(name[i - 1])) == 0)
        found.emplace_back();
      found.back() += name[i];
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  };
  const auto of_a = words(a);
  const auto of_b = words(b);
  std::vector<std::string> both;
  std::set_intersection(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                        std::back_inserter(both));
  return static_cast<double>(both.size());
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

ResidualModel::ResidualModel(ResidualPrior prior, std::vector<Likeness> runs,
                             std::vector<double> residuals)
    : prior_(std::move(prior)), runs_(std::move(runs)), residuals_(std::move(residuals)) {
  if (runs_.empty()) return;
  double whole =
      prior_.smooth * prior_.smooth + prior_.text * prior_.text + prior_.noise * prior_.noise;
  for (const double named : prior_.named) whole += named * named;
  const double limit = 2 * std::sqrt(whole);
  const double centre = Median(residuals_);
  // How much noisier an odd run is taken to be.
  std::vector<double> odd;
  for (const double residual : residuals_) {
    odd.push_back(2 * std::max(std::abs(residual - centre) - limit, 0.0));
  }

  const auto n = static_cast<Eigen::Index>(runs_.size());
  Eigen::MatrixXd covariance(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) {
      covariance(i, j) = covariance(j, i) =
          Covariance(runs_[static_cast<std::size_t>(i)], runs_[static_cast<std::size_t>(j)]);
    }
    const double noise = std::hypot(prior_.noise, odd[static_cast<std::size_t>(i)]);
    covariance(i, i) += noise * noise;
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
  const Eigen::Map<const Eigen::VectorXd> seen(residuals_.data(), n);
  const Eigen::VectorXd weights = factor.solve(seen);
  const Eigen::MatrixXd inverse = factor.solve(Eigen::MatrixXd::Identity(n, n));
  weights_.assign(weights.begin(), weights.end());
  inverse_.assign(inverse.data(), inverse.data() + inverse.size());
  const double log_determinant = 2 * factor.matrixLLT().diagonal().array().log().sum();
  evidence_ = -0.5 *
              (seen.dot(weights) + log_determinant +
               static_cast<double>(n) * std::log(2 * std::numbers::pi)) /
              static_cast<double>(n);
}

Correction ResidualModel::At(const Likeness& run) const {
  const double own = Covariance(run, run) + prior_.noise * prior_.noise;
  if (runs_.empty()) return {.log_factor = 0, .deviation = std::sqrt(own)};
  const auto n = static_cast<Eigen::Index>(runs_.size());
  Eigen::VectorXd across(n);
  for (Eigen::Index i = 0; i < n; ++i)
    across[i] = Covariance(run, runs_[static_cast<std::size_t>(i)]);
  const Eigen::Map<const Eigen::VectorXd> weights(weights_.data(), n);
  const Eigen::Map<const Eigen::MatrixXd> inverse(inverse_.data(), n, n);
  const double explained = across.dot(inverse * across);
  return {.log_factor = across.dot(weights),
          .deviation = std::sqrt(std::max(own - explained, prior_.noise * prior_.noise))};
}

std::vector<double> ResidualModel::LeftOutScores() const {
  std::vector<double> scores;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const double precision = inverse_[i * runs_.size() + i];
    scores.push_back(weights_[i] / std::sqrt(precision));
  }
  return scores;
}

Correction ResidualModel::LeftOut(std::size_t index) const {
  const double precision = inverse_[index * runs_.size() + index];
  return {.log_factor = residuals_[index] - weights_[index] / precision,
          .deviation = std::sqrt(1 / precision)};
}

double ResidualModel::Covariance(const Likeness& a, const Likeness& b) const {
  double squared = 0;
  for (std::size_t i = 0; i < a.coordinates.size(); ++i) {
    const double apart = a.coordinates[i] - b.coordinates[i];
    squared += apart * apart;
  }
  // The length of likeness is where exp(-d²·ln 2) has fallen to one half.
  double covariance = prior_.common * prior_.common +
                      prior_.smooth * prior_.smooth * std::exp(-squared * std::numbers::ln2);
  for (std::size_t level = 0; level < prior_.named.size(); ++level) {
    if (level >= a.names.size() || level >= b.names.size()) break;
    if (a.names[level] != b.names[level]) break;
    covariance += prior_.named[level] * prior_.named[level];
  }
  if (prior_.words > 0) covariance += prior_.words * prior_.words * SharedWords(a.text, b.text);
  if (prior_.text > 0) {
    const double shared = SharedPieces(a.text, b.text);
    covariance += prior_.text * prior_.text * shared * shared * std::exp(-squared / 3);
  }
  return covariance;
}

}  // namespace epochcost::estimate
