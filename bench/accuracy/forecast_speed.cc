// How long a forecast takes, with every member that the program has and the experience that it
// brings along. `bench/accuracy/forecast --speed` builds and runs this.

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "forecast/arima/arima_member.h"
#include "forecast/blend/forecaster.h"
#include "forecast/blend/shipped.h"
#include "forecast/lstm/lstm_member.h"
#include "forecast/series.h"

namespace epochcost::bench {
namespace {

constexpr int kTimes = 31;

// Epochs of 60 s that wander by a percent; the first takes half as long again.
std::vector<forecast::Unit> Epochs(std::size_t count) {
  std::vector<forecast::Unit> units;
  unsigned dice = 12345;
  for (std::size_t i = 0; i < count; ++i) {
    dice = dice * 1664525U + 1013904223U;
    const double wander = static_cast<double>(dice >> 8U) / static_cast<double>(1U << 24U) - 0.5;
    units.push_back({.cost = 60 * (i == 0 ? 1.5 : 1 + 0.02 * wander)});
  }
  return units;
}

// Of this thread's processor time, so that what else runs on the machine does not count.
double Millis() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

double MedianMillis(const forecast::Forecaster& forecaster, const forecast::Known& known) {
  std::vector<double> millis;
  for (int i = 0; i < kTimes; ++i) {
    const double began = Millis();
    const auto outlook = forecaster.Forecast(known);
    const double took = Millis() - began;
    if (!outlook) fmt::print(stderr, "{}\n", Describe(outlook.error()));
    millis.push_back(took);
  }
  return forecast::Median(millis);
}

int Main() {
  auto experience = forecast::ShippedExperience();
  auto network = forecast::lstm::ShippedLstm();
  if (!experience || !network) {
    fmt::print(stderr, "{}\n", Describe(experience ? network.error() : experience.error()));
    return 1;
  }
  const forecast::Forecaster forecaster(*experience,
                                        {std::make_shared<forecast::ArimaMember>(), *network});
  const forecast::Forecaster without_arima(*experience, {*network});
  const std::vector<forecast::Unit> units = Epochs(300);
  const forecast::CompletedRun before{.id = "before", .units = Epochs(300)};
  const std::vector<const forecast::CompletedRun*> earlier(8, &before);
  fmt::print("a run of 300 epochs, median of {} forecasts, ms of one processor\n", kTimes);
  fmt::print("{:<34} {:>8} {:>8} {:>8}\n", "finished", "30", "150", "270");
  for (const std::string workload : {"bert", "nobody's"}) {
    for (const bool has_earlier : {false, true}) {
      for (const bool has_arima : {true, false}) {
        fmt::print("{:<34}", fmt::format("{}{}{}", workload, has_earlier ? ", 8 earlier runs" : "",
                                         has_arima ? "" : ", no ARIMA"));
        for (const std::size_t done : {30U, 150U, 270U}) {
          const std::vector<forecast::PlannedUnit> ahead(units.size() - done);
          forecast::Known known{.workload = workload,
                                .system = "here",
                                .unit = "epoch",
                                .before = 30,
                                .finished = std::span(units).first(done),
                                .ahead = ahead};
          if (has_earlier) known.earlier = earlier;
          fmt::print(" {:>8.2f}", MedianMillis(has_arima ? forecaster : without_arima, known));
        }
        fmt::print("\n");
      }
    }
  }
  return 0;
}

}  // namespace
}  // namespace epochcost::bench

int main() { return epochcost::bench::Main(); }
