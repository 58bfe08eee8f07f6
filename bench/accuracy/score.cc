#include "score.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace epochcost::accuracy {
namespace {

double Quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const double at = part * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

// "floor 3.5, p90 8 · goal 2.2 · best known …", and what of it is missed.
std::string Compare(const Score& score, const Aim& aim) {
  std::string missed;
  const auto hold = [&missed](std::string_view what, double reached, double floor) {
    if (reached > floor) missed += fmt::format(" MISSES {} by {:.2f}", what, reached - floor);
  };
  std::string text = fmt::format("{:g}", aim.floor);
  hold("the floor", score.mean, aim.floor);
  if (aim.p90_floor) {
    text += fmt::format(", p90 {:g}", *aim.p90_floor);
    hold("p90", score.p90, *aim.p90_floor);
  }
  if (aim.median_floor) {
    text += fmt::format(", median {:g}", *aim.median_floor);
    hold("the median", score.median, *aim.median_floor);
  }
  text += fmt::format(" | {:g}", aim.goal);
  if (aim.median_goal) text += fmt::format(", median {:g}", *aim.median_goal);
  if (missed.empty() && score.mean <= aim.goal &&
      (!aim.median_goal || score.median <= *aim.median_goal)) {
    text += " reached";
  }
  if (!aim.best_known.empty()) text += fmt::format(" | {}", aim.best_known);
  return text + missed;
}

}  // namespace

Score ScoreOf(const std::vector<Scored>& rows) {
  Score score;
  std::vector<double> errors;
  std::size_t claimed = 0;
  std::size_t covered = 0;
  for (const Scored& row : rows) {
    if (!row.refusal.empty()) {
      ++score.refused;
      continue;
    }
    const double error = 100 * (row.predicted / row.measured - 1);
    errors.push_back(std::abs(error));
    score.bias += error;
    if (row.high > 0) {
      ++claimed;
      covered += row.low <= row.measured && row.measured <= row.high ? 1 : 0;
    }
  }
  score.n = errors.size();
  if (errors.empty()) return score;
  const auto n = static_cast<double>(score.n);
  for (const double error : errors) score.mean += error / n;
  score.bias /= n;
  score.median = Quantile(errors, 0.5);
  score.p90 = Quantile(errors, 0.9);
  score.coverage =
      claimed == 0 ? -1 : 100 * static_cast<double>(covered) / static_cast<double>(claimed);
  return score;
}

void Print(std::string_view title, Split split, const std::vector<Scored>& rows, bool has_rows) {
  std::map<std::pair<std::string, std::string>, std::vector<Scored>> classes;
  for (const Scored& row : rows) classes[{row.table, row.row_class}].push_back(row);
  fmt::print("\n{}\n{:12} {:34} {:>5} {:>8} {:>8} {:>8} {:>8} {:>9} {:>5}  {}\n", title, "table",
             "class", "n", "MAPE %", "median", "p90", "bias", "cover %", "none",
             "floor | goal | best known");
  for (const auto& [key, members] : classes) {
    const Score score = ScoreOf(members);
    const Aim* aim = FindAim(split, key.first, key.second);
    if (score.n == 0) {
      fmt::print("{:12} {:34} {:5} {:>52} {:5}\n", key.first, key.second, 0, "", score.refused);
      continue;
    }
    fmt::print("{:12} {:34} {:5} {:8.2f} {:8.2f} {:8.2f} {:+8.2f} {:>9} {:5}  {}\n", key.first,
               key.second, score.n, score.mean, score.median, score.p90, score.bias,
               score.coverage < 0 ? "–" : fmt::format("{:.0f}", score.coverage), score.refused,
               aim ? Compare(score, *aim) : "");
  }
  if (!has_rows) return;
  for (const Scored& row : rows) {
    if (!row.refusal.empty()) {
      fmt::print("  {:10} {:24} {:60} no prediction: {}\n", row.table, row.row_class, row.label,
                 row.refusal);
      continue;
    }
    fmt::print(
        "  {:10} {:24} {:60} measured {:<10.5g} predicted {:<10.5g} {:+7.2f} % "
        "[{:.5g}, {:.5g}]{}\n",
        row.table, row.row_class, row.label, row.measured, row.predicted,
        100 * (row.predicted / row.measured - 1), row.low, row.high,
        row.high > 0 && (row.measured < row.low || row.measured > row.high) ? " outside" : "");
  }
}

void PrintMeanOfClasses(Split split, const std::vector<Scored>& rows) {
  std::map<std::pair<std::string, std::string>, std::vector<Scored>> classes;
  for (const Scored& row : rows) classes[{row.table, row.row_class}].push_back(row);
  Score mean = ScoreOf(rows);
  mean.mean = 0;
  for (const auto& [key, members] : classes) {
    mean.mean += ScoreOf(members).mean / static_cast<double>(classes.size());
  }
  const Aim* aim = FindAim(split, "all", "");
  fmt::print("{:12} {:34} {:5} {:8.2f} {:>26} {:9.0f} {:5}  {}\n", "all", "mean over classes",
             mean.n, mean.mean, "", mean.coverage, mean.refused, aim ? Compare(mean, *aim) : "");
}

void PrintSpreadOfClasses(const std::vector<Scored>& rows) {
  struct Class {
    double n = 0, sum = 0, squares = 0;
  };
  std::map<std::pair<std::string, std::string>, Class> classes;
  double width = 0;
  double all = 0;
  for (const Scored& row : rows) {
    if (!row.refusal.empty()) continue;
    const double off = std::log(row.measured / row.predicted);
    Class& one = classes[{row.table, row.row_class}];
    one.n += 1;
    one.sum += off;
    one.squares += off * off;
    width += std::log(row.high / row.low) / 2;
    all += 1;
  }
  if (classes.size() < 2) return;
  width /= all;
  double within = 0;
  double freedom = 0;
  double between = 0;
  for (const auto& [key, one] : classes) {
    within += one.squares - one.sum * one.sum / one.n;
    freedom += one.n - 1;
    between += one.sum * one.sum / one.n / one.n;
  }
  within = std::sqrt(within / freedom);
  between = std::sqrt(between / static_cast<double>(classes.size()));
  const auto below = [](double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; };
  const auto covered = [&](double shift) {
    return 100 * (below((width - shift) / within) - below((-width - shift) / within));
  };
  constexpr double kLargestTenth = 1.645;  // of |shift|
  fmt::print(
      "{:12} classes' means scatter by {:.1f} %, rows of a class by {:.1f} %: an interval of "
      "±{:.1f} "
      "% for all covers {:.0f} % of a class without a shift, {:.0f} % with the usual one, {:.0f} % "
      "of "
      "the tenth that is furthest off\n",
      "all", 100 * between, 100 * within, 100 * width, covered(0), covered(between),
      covered(kLargestTenth * between));
}

}  // namespace epochcost::accuracy
