// Trains and scores the forecaster's LSTM on recorded runs; bench/accuracy/lstm builds and runs it.
//
// Each run is asked of the network that has not seen its submitter: error of the whole run's time,
// the number of units known, at the first unit where so much of the planned work is done. With
// --later, rounds up to v2.0 are learnt from and all networks are asked about the later ones.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "forecast/lstm/lstm_member.h"
#include "forecast/lstm/trainer.h"
#include "forecast/naive/cycle.h"
#include "forecast/series.h"
#include "recorded_runs.h"

namespace {

using epochcost::forecast::CompletedRun;
using epochcost::forecast::Known;
using epochcost::forecast::Unit;
namespace forecast = epochcost::forecast;
namespace lstm = epochcost::forecast::lstm;

constexpr std::array kOrigins = {0.10, 0.25, 0.50, 0.75};

struct Answer {
  std::string workload;
  std::size_t origin;
  double error;   // share of the whole
  double median;  // the same of "median cycle, first left out"
  bool within_80;
  bool within_95;
  double width;  // of 80 %, share of the whole
};

[[noreturn]] void Stop(const epochcost::Error& error) {
  fmt::print(stderr, "{}\n", epochcost::Describe(error));
  std::exit(1);
}

void Ask(const CompletedRun& run, const lstm::LstmMember& member, std::vector<Answer>& answers,
         bool apart) {
  const std::span<const Unit> units = run.units;
  const double work = forecast::WorkOf(units);
  const double total = run.before + forecast::CostOf(units);
  for (std::size_t origin = 0; origin < kOrigins.size(); ++origin) {
    std::size_t done = 0;
    double share = 0;
    while (done + 1 < units.size() && share < kOrigins[origin] - 1e-9)
      share += units[done++].work / work;
    std::vector<forecast::PlannedUnit> ahead;
    for (const Unit& unit : units.subspan(done)) ahead.push_back({.work = unit.work});
    const Known known{.workload = run.workload,
                      .system = run.system,
                      .unit = run.unit,
                      .before = run.before,
                      .finished = units.first(done),
                      .ahead = ahead,
                      .owner_apart = apart ? run.owner : ""};
    const double rest = forecast::CostOf(units.subspan(done));
    const auto said = member.QuantilesOf(known);
    const auto plain = forecast::MedianCycle{}.Forecast(known);
    if (!said || !plain) Stop(said ? plain.error() : said.error());
    const auto& cost = said->cost;
    answers.push_back({.workload = run.workload,
                       .origin = origin,
                       .error = std::abs(cost[2] - rest) / total,
                       .median = std::abs(plain->cost - rest) / total,
                       .within_80 = cost[1] <= rest && rest <= cost[3],
                       .within_95 = cost[0] <= rest && rest <= cost[4],
                       .width = (cost[3] - cost[1]) / total});
  }
}

void Print(const std::string& name, const std::vector<Answer>& answers) {
  for (std::size_t origin = 0; origin < kOrigins.size(); ++origin) {
    double error = 0;
    double median = 0;
    double near = 0;
    double in_80 = 0;
    double in_95 = 0;
    double n = 0;
    std::vector<double> widths;
    for (const Answer& answer : answers) {
      if (answer.origin != origin || (name != "all" && answer.workload != name)) continue;
      ++n;
      error += answer.error;
      median += answer.median;
      near += answer.error <= 0.03 ? 1 : 0;
      in_80 += answer.within_80 ? 1 : 0;
      in_95 += answer.within_95 ? 1 : 0;
      widths.push_back(answer.width);
    }
    if (n == 0) continue;
    fmt::print("{:18} {:3.0f} % {:6.0f} {:8.3f} {:8.3f} {:7.1f} {:6.1f} {:6.1f} {:7.2f}\n", name,
               100 * kOrigins[origin], n, 100 * error / n, 100 * median / n, 100 * near / n,
               100 * in_80 / n, 100 * in_95 / n, 100 * forecast::Median(widths));
  }
}

}  // namespace

epochcost::Result<lstm::Network> ReadWeights(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return lstm::Network::Read(bytes);
}

int main(int argc, char** argv) {
  CLI::App app("Trains and scores the forecaster's LSTM on recorded runs.");
  std::string data;
  std::string weights;
  std::string out;
  std::string library = lstm::TrainerLibrary();
  bool later = false;
  lstm::TrainingOptions options;
  app.add_option("--data", data, "a folder with mlperf_runs.csv[.gz] and mlperf_epochs.csv[.gz]")
      ->required();
  app.add_option("--weights", weights, "score this file instead of training");
  app.add_option("--out", out, "write what was trained to this file");
  app.add_flag("--later", later, "train on rounds up to v2.0 and ask about the later ones");
  app.add_option("--passes", options.passes, "over all runs");
  app.add_option("--networks", options.networks, "each without its share of the submitters");
  app.add_option("--hidden", options.hidden, "width");
  app.add_option("--seed", options.seed, "of the first network");
  app.add_option("--library", library, "libepochcost_lstm.so");
  CLI11_PARSE(app, argc, argv);
  options.report = [&options](std::size_t network, std::int64_t pass, double loss) {
    if (pass % 10 == 9) {
      fmt::print(stderr, "network {} of {}, pass {}: loss {:.5f}\n", network + 1, options.networks,
                 pass + 1, loss);
    }
    return true;
  };

  const auto runs = epochcost::bench::ReadRuns(data);
  if (!runs) Stop(runs.error());
  std::vector<CompletedRun> learnt;
  std::vector<const CompletedRun*> asked;
  for (const CompletedRun& run : *runs) {
    const bool is_later = run.system >= "v2.1";
    if (!later || !is_later) learnt.push_back(run);
    if (!later || is_later) asked.push_back(&run);
  }
  auto network = weights.empty() ? lstm::Train(learnt, library, options) : ReadWeights(weights);
  if (!network) Stop(network.error());
  if (!out.empty()) {
    const std::string bytes = network->Write();
    std::ofstream(out, std::ios::binary) << bytes;
    fmt::print("{}: {} bytes, trained on {} runs\n", out, bytes.size(), learnt.size());
  }
  const lstm::LstmMember member(std::move(*network));
  std::vector<Answer> answers;
  for (const CompletedRun* run : asked) Ask(*run, member, answers, !later);
  fmt::print("{:18} {:>5} {:>6} {:>8} {:>8} {:>7} {:>6} {:>6} {:>7}\n", "workload", "at", "runs",
             "MAPE %", "median %", "≤ 3 %", "80 %", "95 %", "width");
  Print("all", answers);
  std::set<std::string> workloads;
  for (const Answer& answer : answers) workloads.insert(answer.workload);
  for (const std::string& workload : workloads) Print(workload, answers);
  return 0;
}
