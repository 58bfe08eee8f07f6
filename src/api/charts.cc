#include "api/charts.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/figures.h"
#include "api/report.h"
#include "api/two_languages.h"

namespace epochcost::api {
namespace {

constexpr int kWidth = 920;
constexpr int kHeight = 260;
constexpr int kLeft = 92;  // room for the axis' figures
constexpr int kRight = 16;
constexpr int kTop = 28;
constexpr int kBottom = 34;
constexpr int kPlotWidth = kWidth - kLeft - kRight;
constexpr int kPlotHeight = kHeight - kTop - kBottom;
constexpr std::size_t kTrendPoints = 400;
// Coordinates are integers in 1/100 pixel until they are written.
constexpr Wide kScale = 100;

std::string Pixel(Wide hundredths) { return DecimalQuotient(hundredths, kScale, 2); }

// The smallest 1, 2 or 5 × 10ⁿ whose fourfold reaches `most`; the axis has four steps of it.
Wide StepFor(Wide most) {
  for (Wide ten = 1;; ten *= 10) {
    for (const Wide step : {ten, 2 * ten, 5 * ten}) {
      if (step * 4 >= most) return step;
    }
  }
}

struct Axis {
  Wide step = 1;
  [[nodiscard]] Wide Top() const { return step * 4; }
  [[nodiscard]] Wide Height(Wide value) const {
    return value <= 0 ? 0 : value * kPlotHeight * kScale / Top();
  }
  [[nodiscard]] Wide Y(Wide value) const { return (kTop + kPlotHeight) * kScale - Height(value); }
};

std::string Opening(std::string_view english_label, std::string_view kind) {
  return fmt::format(
      "<svg class=\"{}\" role=\"img\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\">"
      "<title>{} / {}</title>",
      kind, kWidth, kHeight, kWidth, kHeight, english_label, InChinese(english_label));
}

std::string Grid(const Axis& axis) {
  std::string svg;
  for (int i = 0; i <= 4; ++i) {
    const std::string y = Pixel(axis.Y(axis.step * i));
    svg += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>", kLeft,
                       kWidth - kRight, y, y);
    svg +=
        fmt::format("<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"end\" dy=\"4\">{}</text>",
                    kLeft - 8, y, ToDecimal(axis.step * i));
  }
  return svg;
}

// Neighbouring epochs that one bar stands for.
struct Group {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::array<Wide, 4> terms{};  // means, by Term
  Wide total = 0;
  Wide least = 0;
  Wide most = 0;
};

std::vector<Group> GroupsOf(const RunCost& cost) {
  const std::size_t size = (cost.epochs.size() + kBarsShown - 1) / kBarsShown;
  std::vector<Group> groups;
  for (std::size_t from = 0; from < cost.epochs.size(); from += size) {
    const std::size_t to = std::min(from + size, cost.epochs.size());
    const auto count = static_cast<Wide>(to - from);
    Group group{.first = cost.epochs[from].scope.index, .last = cost.epochs[to - 1].scope.index};
    group.least = group.most = cost.epochs[from].total.nano;
    for (std::size_t i = from; i < to; ++i) {
      const EpochCost& epoch = cost.epochs[i];
      for (const Term term : kTerms) {
        const auto sum = SumOf(epoch.sums, term, epoch.total.currency);
        if (sum) group.terms.at(static_cast<std::size_t>(term)) += sum->amount.nano;
      }
      group.total += epoch.total.nano;
      group.least = std::min(group.least, epoch.total.nano);
      group.most = std::max(group.most, epoch.total.nano);
    }
    for (Wide& term : group.terms) term /= count;
    group.total /= count;
    groups.push_back(group);
  }
  return groups;
}

// The terms of the run that cost something, the dearest first.
std::vector<Term> BandsOf(const RunCost& cost) {
  std::vector<std::pair<Wide, Term>> bands;
  for (const Term term : kTerms) {
    const auto sum = SumOf(cost.sums, term, cost.total.currency);
    if (sum && sum->amount.nano > 0) bands.emplace_back(sum->amount.nano, term);
  }
  std::ranges::stable_sort(bands, std::greater{}, &std::pair<Wide, Term>::first);
  std::vector<Term> terms;
  for (const auto& [nano, term] : bands) terms.push_back(term);
  return terms;
}

std::string Legend(const std::vector<Term>& bands) {
  constexpr std::array<std::string_view, 4> kNames = {"GPU", "CPU", "memory", "network"};
  std::string svg;
  int x = kLeft;
  for (const Term term : bands) {
    svg += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"6\" width=\"12\" height=\"12\"/>",
                       Name(term), x);
    svg += BothInSvg(fmt::format("x=\"{}\" y=\"16\"", x + 18),
                     kNames.at(static_cast<std::size_t>(term)));
    x += 100;
  }
  return svg;
}

std::string Numbers(const Group& group) {
  return group.first == group.last ? fmt::format("{}", group.first + 1)
                                   : fmt::format("{}–{}", group.first + 1, group.last + 1);
}

std::string BarOf(const Group& group, const std::vector<Term>& bands, const Axis& axis, Wide left,
                  Wide width, Currency currency) {
  std::string svg = "<g>";
  svg += fmt::format("<title>{}: {}</title>", Numbers(group), Format({group.total, currency}));
  Wide below = 0;
  for (const Term term : bands) {
    const Wide value = group.terms.at(static_cast<std::size_t>(term));
    if (value <= 0) continue;
    svg += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                       Name(term), Pixel(left), Pixel(axis.Y(below + value)), Pixel(width),
                       Pixel(axis.Y(below) - axis.Y(below + value)));
    below += value;
  }
  if (group.first != group.last) {
    const std::string x = Pixel(left + width / 2);
    svg += fmt::format("<line class=\"whisker\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>", x, x,
                       Pixel(axis.Y(group.least)), Pixel(axis.Y(group.most)));
  }
  return svg + "</g>";
}

struct Point {
  std::int64_t ns = 0;  // since the start
  Wide nano = 0;
};

std::vector<Point> TrendOf(const RunCost& cost) {
  std::vector<const EpochCost*> scopes;
  for (const EpochCost& epoch : cost.epochs) scopes.push_back(&epoch);
  for (const EpochCost& phase : cost.phases) scopes.push_back(&phase);
  std::ranges::stable_sort(scopes, {}, [](const EpochCost* scope) { return scope->t1; });
  std::vector<Point> points{{}};
  for (const EpochCost* scope : scopes) {
    const std::int64_t ns = std::max<std::int64_t>((scope->t1 - cost.run.started).Count(), 0);
    points.push_back({ns, points.back().nano + scope->total.nano});
  }
  if (points.size() <= kTrendPoints) return points;
  // A sum that only grows loses no peak by thinning; the last point stays.
  std::vector<Point> thinned;
  for (std::size_t i = 0; i < kTrendPoints; ++i) {
    thinned.push_back(points[i * (points.size() - 1) / (kTrendPoints - 1)]);
  }
  return thinned;
}

}  // namespace

std::string CompositionSvg(const RunCost& cost) {
  if (cost.epochs.empty()) return {};
  const std::vector<Group> groups = GroupsOf(cost);
  const std::vector<Term> bands = BandsOf(cost);
  Wide most = 1;
  for (const Group& group : groups) most = std::max(most, group.most);
  const Axis axis{StepFor(most)};
  std::string svg =
      Opening("cost per epoch by resource", "composition") + Legend(bands) + Grid(axis);
  const auto count = static_cast<Wide>(groups.size());
  const Wide pitch = kPlotWidth * kScale / count;
  const Wide width = std::min<Wide>(pitch * 8 / 10, 48 * kScale);
  const std::size_t every = (groups.size() + 11) / 12;  // labels that do not collide
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const Wide left = kLeft * kScale + pitch * static_cast<Wide>(i) + (pitch - width) / 2;
    svg += BarOf(groups[i], bands, axis, left, width, cost.total.currency);
    if (i % every != 0) continue;
    svg += fmt::format("<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                       Pixel(left + width / 2), kHeight - kBottom + 16, groups[i].first + 1);
  }
  svg += BothInSvg(fmt::format("class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"end\"",
                               kWidth - kRight, kHeight - 4),
                   "epoch");
  return svg + "</svg>";
}

std::string TrendSvg(const RunCost& cost) {
  const std::vector<Point> points = TrendOf(cost);
  Wide most = 1;
  for (const Point& point : points) most = std::max(most, point.nano);
  const Axis axis{StepFor(most)};
  const Wide whole = std::max<Wide>(points.back().ns, 1);
  std::string line;
  Wide x = 0;
  for (const Point& point : points) {
    x = kLeft * kScale + Wide{point.ns} * kPlotWidth * kScale / whole;
    line += fmt::format("{}{} {}", line.empty() ? "M" : "L", Pixel(x), Pixel(axis.Y(point.nano)));
  }
  std::string svg = Opening("running total over time", "trend") + Grid(axis);
  const std::string floor = Pixel(axis.Y(0));
  svg += fmt::format("<path class=\"area\" d=\"{}L{} {}L{} {}Z\"/>", line, Pixel(x), floor, kLeft,
                     floor);
  svg += fmt::format("<path class=\"line\" d=\"{}\"/>", line);
  svg += fmt::format("<circle class=\"end\" cx=\"{}\" cy=\"{}\" r=\"4\"/>", Pixel(x),
                     Pixel(axis.Y(points.back().nano)));
  for (int i = 0; i <= 4; ++i) {
    const Nanos at{points.back().ns / 4 * i};
    svg += fmt::format("<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>",
                       kLeft + kPlotWidth * i / 4, kHeight - kBottom + 16,
                       i == 0   ? "start"
                       : i == 4 ? "end"
                                : "middle",
                       FormatDuration(at));
  }
  return svg + "</svg>";
}

}  // namespace epochcost::api
