#pragma once
// What a physical model leaves unexplained, learnt from runs that are alike.
//
// A Gaussian process over the logarithm of measured / predicted: a run that resembles measured ones
// takes over their common error, one that resembles none keeps the physical prediction. Its
// variance says how far that can be trusted, and is the spread of the interval.

#include <string>
#include <vector>

namespace epochcost::estimate {

// Where a run stands among others. `coordinates` are in units of their own length of likeness (1
// apart: half alike). `names` go from coarse to fine ("efficientnet", "efficientnet_b0"): two runs
// are the more alike the more of the leading ones are equal.
struct Likeness {
  std::vector<double> coordinates;
  std::vector<std::string> names;
  std::string text;  // a name whose pieces say something: "seresnext101_32x8d"
  friend bool operator==(const Likeness&, const Likeness&) = default;
};

// Standard deviations of the logarithm.
struct ResidualPrior {
  double words = 0;           // explained by each word that a name has
  double common = 0;          // of all runs together
  double smooth = 0.05;       // explained by the coordinates
  std::vector<double> named;  // explained by each level of names
  double text = 0;            // explained by a name's pieces, where all are equal
  double noise = 0.02;        // of one measurement of one configuration
};

struct Correction {
  double log_factor = 0;  // prediction × exp(log_factor)
  double deviation = 0;   // standard deviation of what is left, with the noise
};

class ResidualModel {
 public:
  ResidualModel() = default;
  // `residuals` are log(measured / predicted). A run further than 2 deviations of the whole from
  // the median is taken as the noisier, the further it is, so that it cannot bend its neighbours.
  ResidualModel(ResidualPrior prior, std::vector<Likeness> runs, std::vector<double> residuals);

  // Without runs: no correction, and the deviation of the prior.
  [[nodiscard]] Correction At(const Likeness& run) const;
  [[nodiscard]] std::size_t Size() const { return runs_.size(); }

  // Log marginal likelihood per run: how plausible the prior makes these residuals. To choose
  // between priors.
  [[nodiscard]] double Evidence() const { return evidence_; }
  // What this would say of each of its runs if it had not seen it: residual minus correction, in
  // deviations.
  [[nodiscard]] std::vector<double> LeftOutScores() const;
  // What this would say of its run `index` if it had not seen it.
  [[nodiscard]] Correction LeftOut(std::size_t index) const;

 private:
  [[nodiscard]] double Covariance(const Likeness& a, const Likeness& b) const;

  ResidualPrior prior_;
  std::vector<Likeness> runs_;
  std::vector<double> residuals_;
  std::vector<double> weights_;  // inverse covariance × residuals
  std::vector<double> inverse_;  // of the covariance, row by row
  double evidence_ = 0;
};

}  // namespace epochcost::estimate
