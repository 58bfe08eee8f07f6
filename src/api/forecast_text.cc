#include "api/forecast_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"

namespace epochcost::api {
namespace {

constexpr int kNameCells = 40;
constexpr int kLabelCells = 10;
constexpr int kFinalLabelCells = 9;  // of the final block
constexpr std::int64_t kMillion = 1'000'000;

std::string PlusMinus(std::int64_t ppm, const Style& style) {
  return fmt::format("{}{:.1f} %", style.ascii ? "+-" : "±", static_cast<double>(ppm) / 10'000);
}

// Half of the 80 % range of the cost, as a share of the expected; of the time where it is free.
std::int64_t HalfWidthPpm(const Forecast& forecast) {
  const auto& cost = forecast.cost_nano;
  if (cost.expected > 0)
    return static_cast<std::int64_t>((cost.high80 - cost.low80) * kMillion / 2 / cost.expected);
  const auto& time = forecast.duration;
  if (time.expected.Count() <= 0) return 0;
  return static_cast<std::int64_t>(Wide{time.high80.Count() - time.low80.Count()} * kMillion / 2 /
                                   time.expected.Count());
}

class Rows {
 public:
  Rows(const Pen& pen, int label_cells) : pen_(pen), label_cells_(label_cells) {}
  void Add(std::string_view label, std::string_view text) {
    text_ += fmt::format("\n  {} {}", pen_.Paint(Ink::kFaint, PadRight(label, label_cells_)), text);
  }
  void Head(std::string text) { text_ = std::move(text); }
  [[nodiscard]] const std::string& Text() const { return text_; }

 private:
  const Pen& pen_;
  int label_cells_;
  std::string text_;
};

void AddBudget(const BudgetOutlook& budget, const Pen& pen, Rows& rows) {
  rows.Add(Translate("budget"),
           Say("{} of {} spent; broken at the end with a chance of {}", pen.Amount(budget.spent),
               pen.Amount(budget.budget), Percent(budget.break_ppm, kMillion)));
  if (budget.breaks)
    rows.Add("", Say("if so at about {}, in 80 of 100 cases between {} and {}",
                     FormatUtc(budget.breaks->expected), FormatUtc(budget.breaks->low80),
                     FormatUtc(budget.breaks->high80)));
  rows.Add("", Say("{} would suffice with a chance of 90 %", pen.Amount(budget.suffices)));
}

void AddStopping(const StopOutlook& stopping, const Pen& pen, const Currency& currency,
                 Rows& rows) {
  const auto money = [&](Wide nano) { return pen.Amount({nano, currency}); };
  const std::string chance =
      stopping.improves_ppm
          ? Say("improves {} by more than {} with a chance of {}",
                pen.Name(stopping.metric, kNameCells), Percent(stopping.delta_ppm, kMillion),
                Percent(*stopping.improves_ppm, kMillion))
          : Say("whether it improves cannot be told: {}", stopping.why);
  rows.Add(Translate("going on"),
           Say("{} more epochs cost {} (80 %: {} to {})", stopping.epochs,
               money(stopping.cost_nano.expected), money(stopping.cost_nano.low80),
               money(stopping.cost_nano.high80)));
  rows.Add("", chance);
  if (stopping.is_advised)
    rows.Add("", pen.Paint(Ink::kStrong, Say("advice: stop; going on is hardly worth it")));
}

void AddMembers(const Forecast& forecast, const Pen& pen, Rows& rows) {
  bool is_first = true;
  for (const ForecastMember& member : forecast.members) {
    const std::string weight =
        member.weight_ppm > 0 ? Percent(member.weight_ppm, kMillion) : std::string(pen.Absent());
    rows.Add(is_first ? Translate("made of") : "",
             fmt::format("{} {}  {}", PadLeft(weight, 7), PadRight(Translate(member.name), 24),
                         pen.Paint(Ink::kFaint, member.why)));
    is_first = false;
  }
}

bool IsWithin(Wide value, const Range<Wide>& range) {
  return range.low80 <= value && value <= range.high80;
}

struct Tally {
  std::int64_t forecasts = 0;
  std::int64_t off_ppm = 0;
  std::int64_t within3 = 0;
  std::int64_t within80 = 0;
};

std::int64_t OffPpm(const ForecastScore& score) {
  if (score.cost.nano <= 0) {
    const std::int64_t truth = std::max<std::int64_t>(score.duration.Count(), 1);
    return static_cast<std::int64_t>(Wide{score.forecast.duration.expected.Count() - truth} *
                                     kMillion / truth);
  }
  return static_cast<std::int64_t>((score.forecast.cost_nano.expected - score.cost.nano) *
                                   kMillion / score.cost.nano);
}

}  // namespace

std::string ForecastPhrase(const Forecast& forecast, const Style& style) {
  const Pen pen(style);
  const Money whole{forecast.cost_nano.expected, forecast.spent.currency};
  return Say("{} {} in all, {}", style.ascii ? "~" : "≈", pen.Amount(whole),
             PlusMinus(HalfWidthPpm(forecast), style));
}

std::string ForecastText(const Run& run, const Forecast& forecast, const Style& style) {
  const Pen pen(style);
  const auto money = [&](Wide nano) { return pen.Amount({nano, forecast.spent.currency}); };
  Rows rows(pen, kLabelCells);
  rows.Head(Say("forecast of {} {}", pen.Paint(Ink::kStrong, pen.Name(run.name, kNameCells)),
                pen.Paint(Ink::kFaint, run.id.Value())));
  rows.Add(Translate("cost"), Say("{} in all, {} spent; 80 %: {} to {}; 95 %: {} to {}",
                                  pen.Paint(Ink::kStrong, money(forecast.cost_nano.expected)),
                                  pen.Amount(forecast.spent), money(forecast.cost_nano.low80),
                                  money(forecast.cost_nano.high80), money(forecast.cost_nano.low95),
                                  money(forecast.cost_nano.high95)));
  rows.Add(
      Translate("time"),
      Say("{} in all; 80 %: {} to {}; 95 %: {} to {}", pen.Duration(forecast.duration.expected),
          pen.Duration(forecast.duration.low80), pen.Duration(forecast.duration.high80),
          pen.Duration(forecast.duration.low95), pen.Duration(forecast.duration.high95)));
  rows.Add(Translate("epochs"),
           forecast.planned_epochs
               ? Say("{} of {} finished", forecast.epochs_done, forecast.epochs.expected)
               : Say("{} finished, {} expected; 80 %: {} to {}", forecast.epochs_done,
                     forecast.epochs.expected, forecast.epochs.low80, forecast.epochs.high80));
  if (forecast.budget) AddBudget(*forecast.budget, pen, rows);
  if (forecast.stopping) AddStopping(*forecast.stopping, pen, forecast.spent.currency, rows);
  rows.Add(Translate("doubt"),
           Say("time {}, use {}, prices {}", PlusMinus(forecast.duration_ppm, style),
               PlusMinus(forecast.power_ppm, style), PlusMinus(forecast.price_ppm, style)));
  if (!forecast.price_why.empty())
    rows.Add("", pen.Paint(Ink::kFaint, Say("prices: {}", forecast.price_why)));
  rows.Add(Translate("confidence"), fmt::format("{} {}", Translate(Name(forecast.confidence)),
                                                pen.Paint(Ink::kFaint, forecast.confidence_why)));
  rows.Add(Translate("kind"), forecast.of_class);
  AddMembers(forecast, pen, rows);
  return rows.Text();
}

std::string FinalScoreLine(const RunCost& cost, const std::vector<ForecastScore>& scores,
                           const Style& style) {
  const Pen pen(style);
  const auto epochs = static_cast<std::int64_t>(cost.epochs.size());
  std::string text;
  auto told = scores.end();  // of few epochs one forecast may be the first behind two of the shares
  for (const std::int64_t percent : {10, 25, 50, 75}) {
    const auto at = std::ranges::find_if(scores, [&](const ForecastScore& score) {
      return score.forecast.epochs_done * 100 >= epochs * percent;
    });
    if (at == scores.end() || at == told || at->forecast.epochs_done >= epochs) continue;
    told = at;
    if (!text.empty()) text += pen.Between();
    text += Say("at {} %: {} ({:+.1f} %)", at->forecast.epochs_done * 100 / epochs,
                pen.Amount({at->forecast.cost_nano.expected, at->cost.currency}),
                static_cast<double>(OffPpm(*at)) / 10'000);
  }
  if (text.empty()) return {};
  Rows rows(pen, kFinalLabelCells);
  rows.Add(Translate("forecast"), text);
  return rows.Text().substr(1);
}

std::string ScoreText(const std::vector<ForecastScore>& scores, const Style& style) {
  const Pen pen(style);
  std::map<std::string, Tally> by_class;
  for (const ForecastScore& score : scores) {
    Tally& tally = by_class[score.forecast.of_class];
    const std::int64_t off = std::abs(OffPpm(score));
    ++tally.forecasts;
    tally.off_ppm += off;
    tally.within3 += off <= 30'000 ? 1 : 0;
    tally.within80 += IsWithin(score.cost.nano, score.forecast.cost_nano) ? 1 : 0;
  }
  std::string text = Say("forecasts of runs that have ended, by kind");
  text +=
      fmt::format("\n  {} {} {} {} {}", PadRight(Translate("kind"), 56),
                  PadLeft(Translate("forecasts"), 10), PadLeft(Translate("off by"), 10),
                  PadLeft(style.ascii ? "+-3 %" : "±3 %", 8), PadLeft(Translate("in 80 %"), 10));
  for (const auto& [name, tally] : by_class) {
    text += fmt::format("\n  {} {} {} {} {}", PadRight(name, 56),
                        PadLeft(fmt::format("{}", tally.forecasts), 10),
                        PadLeft(Percent(tally.off_ppm / tally.forecasts, kMillion), 10),
                        PadLeft(Percent(tally.within3, tally.forecasts), 8),
                        PadLeft(Percent(tally.within80, tally.forecasts), 10));
  }
  return text;
}

}  // namespace epochcost::api
