// Scores the estimator on tables of measured runs: estimate --data DIR [--fit DIR] [--rows].
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "step_scores.h"

int main(int argc, char** argv) {
  using namespace epochcost;
  using namespace epochcost::accuracy;
  CLI::App app{"Predictions of the estimator beside measured runs, per table and class"};
  std::string data;
  std::string fit;
  bool has_rows = false;
  app.add_option("--data", data, "directory of tables to score")->required();
  app.add_option("--fit", fit,
                 "directory of tables to fit the constants on; none: splits of --data");
  app.add_flag("--rows", has_rows, "print every prediction");
  std::string write;
  std::string date;
  app.add_option("--write", write, "fit all of --data and write catalog/calibration/steps.toml");
  app.add_option("--date", date, "of the file to write: 2026-11-24");
  CLI11_PARSE(app, argc, argv);

  const auto steps = ReadSteps(data);
  if (!steps) {
    std::cerr << Describe(steps.error()) << '\n';
    return 1;
  }
  if (!write.empty()) {
    std::ofstream(write) << CalibrationFile(*steps, date);
    return 0;
  }
  if (!fit.empty()) {
    const auto seen = ReadSteps(fit);
    if (!seen) {
      std::cerr << Describe(seen.error()) << '\n';
      return 1;
    }
    Print("step time, fitted on " + fit, ScoreSteps(*seen, *steps), has_rows);
    return 0;
  }
  Print("step time, half of the configurations fitted, the other half predicted",
        ScoreHalves(*steps, 2), has_rows);
  Print("step time, model not fitted", ScoreLeftOut(*steps), has_rows);
  Print("step time, nothing fitted", ScoreDatasheet(*steps), has_rows);
  return 0;
}
