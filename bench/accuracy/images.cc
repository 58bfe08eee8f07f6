#include "images.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "estimate/calibration/least_squares.h"
#include "estimate/calibration/residual.h"

namespace epochcost::accuracy {
namespace {

using estimate::Correction;
using estimate::Likeness;
using estimate::Prior;
using estimate::ResidualModel;
using estimate::ResidualPrior;

double Log(double value) { return std::log(std::max(value, 1e-3)); }

// Length of likeness: half alike at these distances of the logarithms.
Likeness LikenessOf(const ImageCase& one) {
  constexpr double kHalf = 1.177;
  return {.coordinates = {Log(one.gmacs) / (12 * kHalf), Log(one.activations) / (4.35 * kHalf),
                          Log(one.parameters) / (10 * kHalf), 2 * Log(one.side) / (7.9 * kHalf),
                          (Log(one.activations) - Log(one.gmacs)) / (2.8 * kHalf),
                          Log(one.batch) / (3 * kHalf), one.has_counts ? 0.0 : 0.3},
          .names = {one.family, one.model},
          .text = one.name};
}

// Rows that do not say their counts borrow them: of kin with the same parameters, else of a
// regression over parameters, picture and batch (the largest that fits) with their kin's residual.
void BorrowCounts(std::vector<ImageCase>& cases, const std::vector<ImageCase>& known) {
  std::vector<Likeness> kin;
  std::vector<double> gmacs;
  std::vector<double> activations;
  const auto expected = [](const ImageCase& one, bool is_gmacs) {
    const double picture = 2 * std::log(one.side / 224);
    return is_gmacs ? std::log(3.0) + 0.75 * Log(one.parameters / 30) + picture
                    : std::log(20.0) - 0.8 * Log(one.batch / 192);
  };
  const auto likeness = [](const ImageCase& one) {
    return Likeness{.coordinates = {Log(one.parameters) / 3, Log(one.side), Log(one.batch) / 2},
                    .names = {one.family},
                    .text = one.name};
  };
  for (const ImageCase& one : known) {
    if (!one.has_counts) continue;
    kin.push_back(likeness(one));
    gmacs.push_back(Log(one.gmacs) - expected(one, true));
    activations.push_back(Log(one.activations) - expected(one, false));
  }
  if (kin.empty()) return;
  const ResidualPrior prior{.smooth = 0.6, .named = {0.4}, .text = 0.4, .noise = 0.05};
  const ResidualModel of_gmacs(prior, kin, gmacs);
  const ResidualModel of_activations(prior, kin, activations);
  for (ImageCase& one : cases) {
    if (one.has_counts) continue;
    const auto twin = std::find_if(known.begin(), known.end(), [&one](const ImageCase& other) {
      return other.has_counts && other.model == one.model &&
             std::abs(std::log(other.parameters / one.parameters)) < 0.05;
    });
    if (twin != known.end()) {
      const double scale = (one.side / twin->side) * (one.side / twin->side);
      one.gmacs = twin->gmacs * scale;
      one.activations = twin->activations * scale;
      continue;
    }
    one.gmacs = std::exp(expected(one, true) + of_gmacs.At(likeness(one)).log_factor);
    one.activations = std::exp(expected(one, false) + of_activations.At(likeness(one)).log_factor);
  }
}

// Seconds per image of one device: operations, memory traffic, what a step costs besides, and what
// its parameters' update and exchange do.
double Physical(const ImageCase& one, const std::vector<double>& c) {
  const bool is_wide = one.stack.ends_with("FP32");
  const double step = c[2] + c[3] * one.parameters * (1 + c[4] * std::log2(one.devices));
  return (is_wide ? c[5] : c[0]) * one.gmacs + (is_wide ? c[6] : c[1]) * one.activations +
         step / one.batch;
}

// An RTX 3090 in mixed precision (71 Tflop/s, 936 GB/s) and a V100 in both.
std::vector<Prior> PriorsOf(const std::string& table) {
  if (table == "timm") {
    return {{7.5e-5, 0.3}, {7e-5, 0.3}, {0.05, 0.7}, {7e-5, 0.5}, {0.1, 0}, {1, 0}, {1, 0}};
  }
  return {{6.5e-5, 0.3}, {4e-5, 0.3}, {0.02, 0.7}, {1e-4, 0.5},
          {0.3, 0.7},    {5e-4, 0.2}, {6e-5, 0.3}};
}

struct Fitted {
  std::vector<double> constants;
  ResidualModel residual;
  std::map<std::string, double> offsets;  // of a stack against the first
  double shift = 0.01;
};

Fitted FitImages(const std::vector<ImageCase>& cases) {
  std::vector<const ImageCase*> rows;
  for (const ImageCase& one : cases) {
    if (one.refusal.empty()) rows.push_back(&one);
  }
  Fitted fitted;
  if (rows.empty()) return fitted;
  std::vector<double> measured;
  for (const ImageCase* one : rows) measured.push_back(one->measured);
  const std::string& table = rows.front()->table;
  const estimate::Fit fit =
      FitConstants(PriorsOf(table), measured,
                   [&rows](const std::vector<double>& c, std::vector<double>& out) {
                     for (std::size_t i = 0; i < rows.size(); ++i) out[i] = Physical(*rows[i], c);
                   },
                   {.noise = 0.1, .robustness = 3});
  fitted.constants = fit.constants;
  std::vector<Likeness> kin;
  std::vector<double> residuals;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Likeness likeness = LikenessOf(*rows[i]);
    if (table == "dle") likeness.names = {rows[i]->stack, rows[i]->model};
    kin.push_back(std::move(likeness));
    residuals.push_back(fit.residuals[i]);
  }
  const ResidualPrior prior =
      table == "timm"
          ? ResidualPrior{.words = 0.1,
                          .smooth = 0.4,
                          .named = {0.15, 0.04},
                          .text = 0.08,
                          .noise = 0.015}
          : ResidualPrior{.smooth = 0.12, .named = {0.12, 0.06}, .text = 0.06, .noise = 0.06};
  fitted.residual = ResidualModel(prior, std::move(kin), std::move(residuals));
  fitted.shift = table == "timm" ? 0.0 : 0.05;
  return fitted;
}

Scored Predict(const ImageCase& one, const Fitted& fitted, bool is_known_stack) {
  Scored scored{.table = one.table,
                .row_class = one.row_class,
                .label = one.label,
                .measured = one.measured,
                .refusal = one.refusal};
  if (!one.refusal.empty()) return scored;
  if (fitted.constants.empty()) {
    scored.refusal = "nothing was fitted";
    return scored;
  }
  Likeness likeness = LikenessOf(one);
  if (one.table == "dle") likeness.names = {one.stack, one.model};
  const Correction correction = fitted.residual.At(likeness);
  // Channels last spares the tensor cores' transposition; measured on convolutions, where most of
  // the time is. Another release moves half of the models by more than 3 %.
  double factor = std::exp(correction.log_factor);
  double shift = fitted.shift;
  if (!is_known_stack) {
    shift = 0.08;
    if (one.stack.starts_with("nhwc")) {
      shift = 0.15;
      factor *= 0.88;
    }
  }
  scored.predicted = Physical(one, fitted.constants) * factor;
  const double borrowed = one.has_counts ? 0 : 0.1;
  const double spread =
      std::exp(1.2816 * std::hypot(std::hypot(correction.deviation, shift), borrowed));
  scored.low = scored.predicted / spread;
  scored.high = scored.predicted * spread;
  return scored;
}

}  // namespace

std::vector<Scored> ScoreImages(const std::vector<ImageCase>& fit,
                                const std::vector<ImageCase>& test) {
  std::vector<ImageCase> seen = fit;
  std::vector<ImageCase> asked = test;
  if (!seen.empty() && seen.front().table == "timm") {
    std::vector<ImageCase> known = fit;
    known.insert(known.end(), test.begin(), test.end());  // counts are inputs, not answers
    BorrowCounts(seen, known);
    BorrowCounts(asked, known);
  }
  std::set<std::string> stacks;
  std::set<std::string> models;
  for (const ImageCase& one : seen) {
    stacks.insert(one.stack);
    models.insert(one.name);
  }
  const Fitted fitted = FitImages(seen);
  std::vector<Scored> scored;
  for (ImageCase& one : asked) {
    const bool is_known = stacks.contains(one.stack);
    if (one.table == "timm") {
      one.row_class += is_known                    ? ", model unseen"
                       : models.contains(one.name) ? ", model seen"
                                                   : "";
    }
    scored.push_back(Predict(one, fitted, is_known));
  }
  return scored;
}

std::vector<Scored> ScoreImagesLeftOut(const std::vector<ImageCase>& cases) {
  // Many models are left out in ten groups: a fit for each would say the same.
  std::map<std::string, std::size_t> group;
  for (const ImageCase& one : cases) group.try_emplace(one.model, group.size());
  const std::size_t groups = group.size() > 60 ? 10 : group.size();
  std::vector<Scored> scored;
  for (std::size_t i = 0; i < groups; ++i) {
    std::vector<ImageCase> fit;
    std::vector<ImageCase> test;
    for (const ImageCase& one : cases) {
      (group.at(one.model) % groups == i ? test : fit).push_back(one);
    }
    for (Scored& row : ScoreImages(fit, test)) scored.push_back(std::move(row));
  }
  return scored;
}

std::vector<Scored> ScoreImagesHalves(const std::vector<ImageCase>& cases) {
  std::vector<std::string> models;
  for (const ImageCase& one : cases) models.push_back(one.label);
  std::sort(models.begin(), models.end());
  std::shuffle(models.begin(), models.end(), std::mt19937(1));
  const std::set<std::string> first(
      models.begin(), models.begin() + static_cast<std::ptrdiff_t>(models.size() / 2));
  std::vector<ImageCase> a;
  std::vector<ImageCase> b;
  for (const ImageCase& one : cases) (first.contains(one.label) ? a : b).push_back(one);
  std::vector<Scored> scored;
  for (const auto& [fit, test] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
    for (Scored& row : ScoreImages(*fit, *test)) scored.push_back(std::move(row));
  }
  return scored;
}

}  // namespace epochcost::accuracy
