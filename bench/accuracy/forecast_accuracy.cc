// How right the forecaster is on completed runs that it has not seen.
//
//   forecast_accuracy --data DIR [--history DIR] [--folds 10] [--members] [--worst N] [--unknown]
//                     [--without MEMBER]
//   forecast_accuracy --data DIR --write FOLDER
//
// Without --history the runs of DIR are cut into folds of submitters; each fold is judged with what
// the others taught. With --history everything is learned from that folder and DIR is judged whole,
// except that a submitter's own runs stay apart from what is learned about others'. --without
// LSTM and --without ARIMA leave out a member.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "forecast/arima/arima_member.h"
#include "forecast/backtest/trial.h"
#include "forecast/blend/forecaster.h"
#include "forecast/lstm/lstm_member.h"
#include "forecast/series.h"
#include "recorded_runs.h"

namespace epochcost::bench {
namespace {

using forecast::CompletedRun;

constexpr std::array kOrigins = {0.10, 0.25, 0.50, 0.75};

struct Arguments {
  std::string data;
  std::string history;
  std::string write;
  std::size_t folds = 10;
  bool members = false;
  std::size_t worst = 0;  // how many of the largest errors to list
  std::set<std::string, std::less<>> without;
  bool unknown = false;  // workloads are not told, nor is anything of the same workload looked at
};

// Members beside the own ones. A network is asked about a submitter's run only where it has not
// seen that submitter, so this leaks nothing.
forecast::Members MoreOf(const Arguments& arguments) {
  forecast::Members more;
  if (!arguments.without.contains("ARIMA"))
    more.push_back(std::make_shared<forecast::ArimaMember>());
  if (arguments.without.contains("LSTM")) return more;
  auto member = forecast::lstm::ShippedLstm();
  if (member) {
    more.push_back(*std::move(member));
  } else {
    fmt::print(stderr, "{}\n", Describe(member.error()));
  }
  return more;
}

// One answer, judged. Shares are of the whole run's time, in percent.
struct Judged {
  std::string run;
  std::string workload;
  double origin = 0;
  bool has_earlier = false;
  double error = 0;
  bool in80 = false;
  bool in95 = false;
  double width80 = 0;
  double naive_error = 0;  // of the median cycle, first skipped
  std::map<std::string, double> members;
};

struct Row {
  std::size_t n = 0;
  double error = 0, within = 0, in80 = 0, in95 = 0, width = 0, naive = 0, widest = 0;
};

template <class Keep>
Row Summarise(const std::vector<Judged>& all, const Keep& keep) {
  Row row;
  std::vector<double> widths;
  for (const Judged& one : all) {
    if (!keep(one)) continue;
    ++row.n;
    row.error += one.error;
    row.naive += one.naive_error;
    row.within += one.error <= 3 ? 100 : 0;
    row.in80 += one.in80 ? 100 : 0;
    row.in95 += one.in95 ? 100 : 0;
    widths.push_back(one.width80);
  }
  if (row.n == 0) return row;
  for (double* sum : {&row.error, &row.within, &row.in80, &row.in95, &row.naive})
    *sum /= static_cast<double>(row.n);
  row.width = forecast::Median(widths);
  row.widest = std::ranges::max(widths);
  return row;
}

void Print(std::string_view name, double origin, const Row& row) {
  if (row.n == 0) return;
  fmt::print(
      "{:<18} {:>4.0f} % {:>6} {:>8.2f} {:>8.2f} {:>7.1f} {:>7.1f} {:>7.1f} {:>8.2f} {:>9.1f}\n",
      name, origin * 100, row.n, row.error, row.naive, row.within, row.in80, row.in95, row.width,
      row.widest);
}

void PrintAll(const std::vector<Judged>& all, bool has_earlier) {
  fmt::print("\n{}\n", has_earlier ? "With earlier runs of the same system"
                                   : "Cold: no earlier run of the system is known");
  fmt::print("{:<18} {:>6} {:>6} {:>8} {:>8} {:>7} {:>7} {:>7} {:>8} {:>9}\n", "benchmark", "at",
             "runs", "MAPE %", "naive %", "±3 %", "80 % in", "95 % in", "80 % wide", "widest");
  std::set<std::string> workloads;
  for (const Judged& one : all) workloads.insert(one.workload);
  for (const std::string& workload : workloads) {
    for (const double origin : kOrigins) {
      Print(workload, origin, Summarise(all, [&](const Judged& one) {
              return one.workload == workload && one.origin == origin &&
                     one.has_earlier == has_earlier;
            }));
    }
    Print(workload, 0, Summarise(all, [&](const Judged& one) {
            return one.workload == workload && one.has_earlier == has_earlier;
          }));
  }
  for (const double origin : kOrigins) {
    Print("all", origin, Summarise(all, [&](const Judged& one) {
            return one.origin == origin && one.has_earlier == has_earlier;
          }));
  }
}

void PrintMembers(const std::vector<Judged>& all, bool has_earlier) {
  std::map<std::string, std::array<std::pair<double, int>, kOrigins.size()>> sums;
  for (const Judged& one : all) {
    if (one.has_earlier != has_earlier) continue;
    const auto at = std::ranges::find(kOrigins, one.origin) - kOrigins.begin();
    for (const auto& [name, error] : one.members) {
      auto& sum = sums[name][static_cast<std::size_t>(at)];
      sum.first += error;
      ++sum.second;
    }
  }
  for (const auto& [name, origins] : sums) {
    fmt::print("  {:<24}", name);
    for (const auto& [sum, n] : origins) fmt::print(" {:>6.2f}", n > 0 ? sum / n : 0);
    fmt::print("\n");
  }
}

void PrintWorst(std::vector<Judged> all, bool has_earlier, std::size_t count) {
  std::erase_if(all, [&](const Judged& one) { return one.has_earlier != has_earlier; });
  std::sort(all.begin(), all.end(),
            [](const Judged& a, const Judged& b) { return a.error > b.error; });
  for (const Judged& one : std::span(all).first(std::min(count, all.size()))) {
    fmt::print("  {:>7.2f} % at {:.0f} %: {}", one.error, one.origin * 100, one.run);
    for (const auto& [name, error] : one.members) fmt::print("; {} {:.2f}", name, error);
    fmt::print("\n");
  }
}

Result<Judged> Judge(const forecast::Forecaster& forecaster, const CompletedRun& run, double origin,
                     const std::vector<const CompletedRun*>& earlier, const Arguments& arguments) {
  const std::size_t done = forecast::UnitsAt(run, origin);
  const forecast::Trial trial(run, done, earlier);
  forecast::Known known = trial.Asked();
  if (arguments.unknown) {
    known.workload_apart = known.workload;
    known.workload = forecast::kUnknownWorkload;
  }
  const auto outlook = forecaster.Forecast(known);
  if (!outlook) return tl::unexpected<Error>(outlook.error());
  const double whole = trial.Total();
  const auto& q = outlook->quantiles;
  Judged judged{.run = run.id,
                .workload = run.workload,
                .origin = origin,
                .has_earlier = !earlier.empty(),
                .error = std::abs(outlook->cost - trial.Rest()) / whole * 100,
                .in80 = q[1] <= trial.Rest() && trial.Rest() <= q[3],
                .in95 = q[0] <= trial.Rest() && trial.Rest() <= q[4],
                .width80 = (q[3] - q[1]) / whole * 100};
  for (const forecast::Part& part : outlook->blend.parts) {
    if (part.cost <= 0) continue;
    const double error = std::abs(part.cost - trial.Rest()) / whole * 100;
    judged.members[part.name] = error;
    if (part.name == "median cycle") judged.naive_error = error;
  }
  return judged;
}

class Scoring {
 public:
  explicit Scoring(Arguments arguments) : arguments_(std::move(arguments)) {}

  // Judges every run of `runs` for which `wanted` holds with what `experience` holds.
  template <class Wanted>
  Result<void> Judge(std::span<const CompletedRun> runs, forecast::Experience experience,
                     const Wanted& wanted) {
    const forecast::Forecaster forecaster(std::move(experience), MoreOf(arguments_));
    const auto earlier = forecast::EarlierOfEach(runs);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (!wanted(runs[i])) continue;
      for (const double origin : kOrigins) {
        if (forecast::UnitsAt(runs[i], origin) >= runs[i].units.size()) continue;
        for (const bool use_earlier : {false, true}) {
          if (use_earlier && earlier[i].empty()) continue;
          const auto none = std::vector<const CompletedRun*>{};
          auto judged = bench::Judge(forecaster, runs[i], origin, use_earlier ? earlier[i] : none,
                                     arguments_);
          if (!judged) return tl::unexpected<Error>(judged.error());
          judged_.push_back(*std::move(judged));
        }
      }
    }
    return {};
  }

  void Print() const {
    for (const bool has_earlier : {false, true}) {
      PrintAll(judged_, has_earlier);
      if (arguments_.members) PrintMembers(judged_, has_earlier);
      PrintWorst(judged_, has_earlier, arguments_.worst);
    }
  }

 private:
  Arguments arguments_;
  std::vector<Judged> judged_;
};

Result<void> ScoreInFolds(const Arguments& arguments, Scoring& scoring) {
  const auto runs = ReadRuns(arguments.data);
  if (!runs) return tl::unexpected<Error>(runs.error());
  std::map<std::string, std::size_t> folds;
  for (const CompletedRun& run : *runs) folds.emplace(run.owner, 0);
  std::size_t number = 0;
  for (auto& [owner, fold] : folds) fold = number++ % arguments.folds;
  fmt::print("{} runs of {} submitters, in {} folds of submitters\n", runs->size(), folds.size(),
             arguments.folds);
  for (std::size_t fold = 0; fold < arguments.folds; ++fold) {
    std::vector<CompletedRun> others;
    for (const CompletedRun& run : *runs)
      if (folds[run.owner] != fold) others.push_back(run);
    const auto judged =
        scoring.Judge(*runs, forecast::Learn(others, MoreOf(arguments)),
                      [&](const CompletedRun& run) { return folds[run.owner] == fold; });
    if (!judged) return judged;
  }
  return {};
}

Result<void> ScoreWithHistory(const Arguments& arguments, Scoring& scoring) {
  const auto past = ReadRuns(arguments.history);
  if (!past) return tl::unexpected<Error>(past.error());
  const auto runs = ReadRuns(arguments.data);
  if (!runs) return tl::unexpected<Error>(runs.error());
  fmt::print("{} runs, judged with what {} others taught\n", runs->size(), past->size());
  return scoring.Judge(*runs, forecast::Learn(*past, MoreOf(arguments)),
                       [](const CompletedRun&) { return true; });
}

constexpr char kSource[] =
    "# From mlperf_epochs.csv and mlperf_runs.csv: MLPerf Training v0.7-v3.1 result logs, facts "
    "from public logs\n# (mlcommons, Apache-2.0). Made by bench/accuracy/forecast --data DIR "
    "--write "
    "catalog/forecast.\n";

Result<void> Write(const Arguments& arguments) {
  const auto runs = ReadRuns(arguments.data);
  if (!runs) return tl::unexpected<Error>(runs.error());
  const forecast::Experience experience = forecast::Learn(*runs, MoreOf(arguments));
  std::ofstream(arguments.write + "/profiles.tsv")
      << kSource << forecast::WriteProfiles(experience.profiles);
  std::ofstream(arguments.write + "/errors.tsv") << kSource << forecast::WriteErrors(experience);
  return {};
}

int Main(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--members") {
      arguments.members = true;
    } else if (word == "--unknown") {
      arguments.unknown = true;
    } else if (i + 1 < argc && word == "--without") {
      arguments.without.insert(argv[++i]);
    } else if (i + 1 < argc && word == "--worst") {
      arguments.worst = static_cast<std::size_t>(std::max(0, std::atoi(argv[++i])));
    } else if (i + 1 < argc && word == "--data") {
      arguments.data = argv[++i];
    } else if (i + 1 < argc && word == "--write") {
      arguments.write = argv[++i];
    } else if (i + 1 < argc && word == "--history") {
      arguments.history = argv[++i];
    } else if (i + 1 < argc && word == "--folds") {
      arguments.folds = static_cast<std::size_t>(std::max(2, std::atoi(argv[++i])));
    } else {
      fmt::print(stderr,
                 "usage: forecast_accuracy --data DIR [--history DIR] [--folds N] [--members] "
                 "[--unknown] [--without LSTM] [--without ARIMA]\n");
      return 2;
    }
  }
  if (!arguments.write.empty()) {
    const auto written = Write(arguments);
    if (!written) fmt::print(stderr, "{}\n", Describe(written.error()));
    return written ? 0 : 1;
  }
  Scoring scoring(arguments);
  const auto scored = arguments.history.empty() ? ScoreInFolds(arguments, scoring)
                                                : ScoreWithHistory(arguments, scoring);
  if (!scored) {
    fmt::print(stderr, "{}\n", Describe(scored.error()));
    return 1;
  }
  scoring.Print();
  return 0;
}

}  // namespace
}  // namespace epochcost::bench

int main(int argc, char** argv) { return epochcost::bench::Main(argc, argv); }
