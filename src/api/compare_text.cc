#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "api/estimate_text.h"
#include "base/text.h"

namespace epochcost::api {
namespace {

// What fits, then what does not, then what cannot be placed; the cheapest first.
std::tuple<int, Wide> RankOf(const Compared& row) {
  if (!row.priced) return {2, 0};
  return {row.priced->estimate.obstacles.empty() ? 0 : 1, row.priced->whole_run.nano};
}

std::string Row(const Compared& row, const Pen& pen, int machine_width) {
  const PricedEstimate& priced = *row.priced;
  const Estimate& e = priced.estimate;
  const auto hours = [](double value) { return ThreeDigits(value); };
  const std::string mark = e.obstacles.empty() ? pen.GetStyle().ascii ? "+ " : "✔ " : "  ";
  return mark + PadRight(row.machine, machine_width) +
         PadLeft(ThreeDigits(e.step_seconds.value), 9) + PadLeft(hours(e.epoch_hours.value), 10) +
         PadLeft(hours(e.run_hours.value), 10) + PadLeft(ThreeDigits(e.peak_memory_gb.value), 9) +
         PadLeft(fmt::format("{} %", ThreeDigits(100 * e.terms.u_gpu.value)), 9) +
         PadLeft(pen.Amount(priced.per_epoch), 16) + PadLeft(pen.Amount(priced.whole_run), 16) +
         "   " + pen.Amount(priced.whole_run_low) + " – " + pen.Amount(priced.whole_run_high) +
         "\n";
}

}  // namespace

std::vector<std::size_t> OrderOf(const std::vector<Compared>& rows) {
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return RankOf(rows[a]) < RankOf(rows[b]); });
  return order;
}

std::string CompareText(const std::vector<Compared>& rows, const Style& style) {
  const Pen pen(style);
  int width = 12;
  for (const Compared& row : rows) width = std::max(width, DisplayWidth(row.machine) + 1);
  std::string text = "  " + PadRight(Translate("machine"), width) +
                     PadLeft(Translate("step s"), 9) + PadLeft(Translate("epoch h"), 10) +
                     PadLeft(Translate("run h"), 10) + PadLeft(Translate("peak GB"), 9) +
                     PadLeft("U_gpu", 9) + PadLeft(Translate("one epoch"), 16) +
                     PadLeft(Translate("whole run"), 16) + "   80 %\n";
  for (const std::size_t i : OrderOf(rows)) {
    const Compared& row = rows[i];
    if (!row.priced) {
      text += "  " + PadRight(row.machine, width) + " " + pen.Paint(Ink::kBad, row.refused->what) +
              "\n";
      if (!row.refused->why.empty()) text += "    " + Say("because {}", row.refused->why) + "\n";
      if (!row.refused->hint.empty()) text += "    " + Say("hint: {}", row.refused->hint) + "\n";
      continue;
    }
    text += Row(row, pen, width);
    text += "    " +
            pen.Paint(Ink::kFaint, fmt::format("{} · {}", row.priced->estimate.strategy,
                                               Name(row.priced->estimate.tier))) +
            "\n";
    for (const Obstacle& obstacle : row.priced->estimate.obstacles) {
      text += "    " + pen.Paint(Ink::kBad, Say("does not run: {}", obstacle.what)) + "\n    " +
              Say("because {}", obstacle.why) + "\n    " + Say("hint: {}", obstacle.hint) + "\n";
    }
  }
  text.pop_back();
  return text;
}

}  // namespace epochcost::api
