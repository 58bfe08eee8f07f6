#include "app/forecasting.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

#include "app/data_home.h"
#include "app/forecast_training.h"
#include "base/log.h"
#include "forecast/run/run_forecast.h"
#include "store/sqlite/forecast_store.h"

namespace epochcost::app {
namespace {

constexpr std::int64_t kRunsToLookThrough = 300;
constexpr Nanos kPatience{kNanosPerSecond};
constexpr std::size_t kMostEarlier = 8;
constexpr std::int64_t kFirstEpochs = 5;
constexpr std::int64_t kKeptPerRun = 100;

bool IsEarlierLike(const Run& run, const Run& other) {
  return other.id != run.id && other.name == run.name && other.agent == run.agent &&
         other.state == RunState::kFinished && other.exit_code == 0 && other.started < run.started;
}

Result<std::vector<RunCost>> EarlierRuns(store::Store& ledger, const Run& run) {
  const auto runs = ledger.Runs({.project = run.project, .limit = kRunsToLookThrough});
  if (!runs) return tl::unexpected(runs.error());
  std::vector<RunCost> earlier;
  for (const Run& other : *runs) {
    if (earlier.size() == kMostEarlier) break;
    if (!IsEarlierLike(run, other)) continue;
    auto cost = ledger.Cost(other.id);
    if (!cost) return tl::unexpected(cost.error());
    earlier.push_back(*std::move(cost));
  }
  return earlier;
}

// The kept forecasts of those runs beside what came, the oldest run first. What cannot be read
// tells nothing: the ranges are then as they are elsewhere.
std::vector<ForecastScore> PastOf(const std::string& path, const std::vector<RunCost>& earlier) {
  std::vector<ForecastScore> past;
  if (earlier.empty()) return past;
  const auto kept = ForecastsIn(path);
  if (!kept) return past;
  for (const RunCost& cost : earlier | std::views::reverse) {
    auto scores = ScoresOf(**kept, cost);
    if (scores) std::move(scores->begin(), scores->end(), std::back_inserter(past));
  }
  return past;
}

// Every version of the sheet that prices the run now.
Result<std::vector<PriceSheet>> PricesOf(store::Store& ledger, const RunCost& cost) {
  if (cost.sheets.empty()) return std::vector<PriceSheet>{};
  auto sheets = ledger.Sheets();
  if (!sheets) return tl::unexpected(sheets.error());
  std::erase_if(*sheets,
                [&](const PriceSheet& sheet) { return sheet.name != cost.sheets.back().name; });
  return sheets;
}

}  // namespace

struct Forecasting::Inner {
  Inner(forecast::Experience experience, const forecast::Members& more)
      : forecaster(std::move(experience), more) {}
  forecast::Forecaster forecaster;
  // Completed runs do not change: they are read once for each run.
  std::optional<RunId> earlier_of;
  std::vector<RunCost> earlier;
  std::vector<ForecastScore> past;
};

Forecasting::Forecasting(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
Forecasting::Forecasting(Forecasting&&) noexcept = default;
Forecasting& Forecasting::operator=(Forecasting&&) noexcept = default;
Forecasting::~Forecasting() = default;

Result<Forecasting> Forecasting::Make() {
  auto learnt = ReadLearnt(LearntFolder(GuessDataHome().path));
  if (!learnt) return tl::unexpected(learnt.error());
  return Forecasting(std::make_unique<Inner>(std::move(learnt->experience), learnt->members));
}

Result<Forecast> Forecasting::Of(store::Store& ledger, const RunCost& cost, UtcTime now,
                                 const std::string& path) {
  if (inner_->earlier_of != cost.run.id) {
    auto earlier = EarlierRuns(ledger, cost.run);
    if (!earlier) return tl::unexpected(earlier.error());
    inner_->earlier = *std::move(earlier);
    inner_->past = PastOf(path, inner_->earlier);
    inner_->earlier_of = cost.run.id;
  }
  const auto prices = PricesOf(ledger, cost);
  if (!prices) return tl::unexpected(prices.error());
  const auto spent = ledger.ProjectTotal(cost.run.project);
  if (!spent) return tl::unexpected(spent.error());
  const auto project = ledger.GetProject(cost.run.project);
  return forecast::ForecastRun(inner_->forecaster,
                               {.cost = cost,
                                .earlier = inner_->earlier,
                                .project = project ? std::optional(*project) : std::nullopt,
                                .project_spent = *spent,
                                .now = now,
                                .past = inner_->past,
                                .prices = *prices});
}

bool RunningForecast::IsWorthKeeping(const Forecast& forecast) const {
  if (forecast.epochs_done == last_kept_) return false;
  if (forecast.epochs_done <= kFirstEpochs) return true;
  return (forecast.epochs_done - last_kept_) * kKeptPerRun >= forecast.epochs.expected;
}

void RunningForecast::Keep(const std::string& path, const Forecast& forecast) {
  if (kept_ == nullptr || kept_in_ != path) {
    auto opened =
        store::sqlite::OpenForecasts(path, store::sqlite::OpenMode::kReadWriteCreate, kPatience);
    if (!opened) return LogWarning("{}", opened.error().what);
    kept_ = *std::move(opened);
    kept_in_ = path;
  }
  if (const auto kept = kept_->AddForecast(forecast); !kept) LogWarning("{}", kept.error().what);
}

std::optional<Forecast> RunningForecast::AfterEpoch(store::Store& ledger, const std::string& path,
                                                    const RunId& run, UtcTime now) {
  if (gave_up_ || (now - last_).Count() < kNanosPerSecond) return std::nullopt;
  last_ = now;
  if (!forecasting_) {
    auto made = Forecasting::Make();
    if (!made) {
      LogWarning("{}", made.error().what);
      gave_up_ = true;
      return std::nullopt;
    }
    forecasting_.emplace(*std::move(made));
  }
  const auto cost = ledger.Cost(run);
  if (!cost) return std::nullopt;
  auto forecast = forecasting_->Of(ledger, *cost, now, path);
  if (!forecast) return std::nullopt;
  if (forecast->planned_epochs && forecast->epochs_done >= *forecast->planned_epochs)
    return std::nullopt;  // nothing is ahead
  if (IsWorthKeeping(*forecast)) {
    last_kept_ = forecast->epochs_done;
    Keep(path, *forecast);
  }
  return *std::move(forecast);
}

Result<std::vector<ForecastScore>> ScoresOf(store::ForecastStore& kept, const RunCost& cost) {
  auto forecasts = kept.Forecasts(cost.run.id);
  if (!forecasts) return tl::unexpected(forecasts.error());
  const auto units = forecast::UnitsOf(cost);
  if (!units) return tl::unexpected(units.error());
  double seconds = units->before_seconds;
  for (const forecast::RunUnit& unit : units->finished) seconds += unit.seconds;
  std::vector<ForecastScore> scores;
  for (Forecast& each : *forecasts) {
    scores.push_back({.forecast = std::move(each),
                      .duration = Nanos{static_cast<std::int64_t>(seconds * 1e9)},
                      .cost = {cost.total.nano + cost.provisional.nano, cost.total.currency}});
  }
  return scores;
}

Result<std::unique_ptr<store::ForecastStore>> ForecastsIn(const std::string& path) {
  return store::sqlite::OpenForecasts(path, store::sqlite::OpenMode::kReadOnly, kPatience);
}

}  // namespace epochcost::app
