#pragma once
// Between the ledger and the forecaster: which runs a run is compared with, and what is kept.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "forecast/member.h"
#include "model/cost.h"
#include "model/forecast.h"
#include "store/forecasts.h"
#include "store/store.h"

namespace epochcost::app {

class Forecasting {
 public:
  // With the experience that the program brings along, and what `forecast train` left in the data
  // home.
  static Result<Forecasting> Make();
  Forecasting(Forecasting&&) noexcept;
  Forecasting& operator=(Forecasting&&) noexcept;
  ~Forecasting();

  // A forecast of the run as `cost` has it, from the ledger's completed runs of the same project,
  // name and machine, and from how right their forecasts were, as they are kept in the ledger at
  // `path`. Errors as forecast::ForecastRun, and the ledger's.
  [[nodiscard]] Result<Forecast> Of(store::Store& ledger, const RunCost& cost, UtcTime now,
                                    const std::string& path);

 private:
  struct Inner;
  explicit Forecasting(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

// Forecasts of a run while it goes on: few enough to be kept for ever. At most one a second is
// made; one is kept after each of the first five epochs, then at each further percent of the plan.
class RunningForecast {
 public:
  // After epochs closed. Nothing where none is due or none can be made; a ledger that refuses to
  // keep it is logged, and harms nothing. `path` is the ledger's.
  [[nodiscard]] std::optional<Forecast> AfterEpoch(store::Store& ledger, const std::string& path,
                                                   const RunId& run, UtcTime now);

 private:
  [[nodiscard]] bool IsWorthKeeping(const Forecast& forecast) const;
  void Keep(const std::string& path, const Forecast& forecast);

  std::optional<Forecasting> forecasting_;
  std::unique_ptr<store::ForecastStore> kept_;
  std::string kept_in_;
  bool gave_up_ = false;
  UtcTime last_;
  std::int64_t last_kept_ = -1;
};

// The kept forecasts of a run that has ended, beside what came.
[[nodiscard]] Result<std::vector<ForecastScore>> ScoresOf(store::ForecastStore& forecasts,
                                                          const RunCost& cost);

// The forecasts of the ledger at `path`, to be read.
[[nodiscard]] Result<std::unique_ptr<store::ForecastStore>> ForecastsIn(const std::string& path);

}  // namespace epochcost::app
