// Scores the estimator on tables of measured runs: estimate --data DIR [--fit DIR] [--rows].
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "image_steps.h"
#include "images.h"
#include "others.h"
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
  std::string write_images;
  app.add_option("--write-images", write_images,
                 "fit the image models of --data and write catalog/calibration/images.toml");
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
  const auto print = [has_rows](std::string_view title, Split split, const auto& scored) {
    if (!scored) {
      std::cerr << Describe(scored.error()) << '\n';
      std::exit(1);
    }
    Print(title, split, *scored, has_rows);
  };
  const auto timm = ReadTimm(data);
  const auto dle = ReadDle(data);
  if (!timm || !dle) {
    std::cerr << Describe(timm ? dle.error() : timm.error()) << '\n';
    return 1;
  }
  if (!write_images.empty()) {
    std::vector<ImageCase> images = *timm;
    images.insert(images.end(), dle->begin(), dle->end());
    std::ofstream(write_images) << ImageCalibrationFile(images, date);
    return 0;
  }
  if (!fit.empty()) {
    const auto seen = ReadSteps(fit);
    const auto seen_timm = ReadTimm(fit);
    const auto seen_dle = ReadDle(fit);
    if (!seen || !seen_timm || !seen_dle) {
      std::cerr << "cannot read the tables of " << fit << '\n';
      return 1;
    }
    print("operation counts", Split::kCounts, ScoreCounts(data));
    const auto scored = ScoreSteps(*seen, *steps);
    Print("step time", Split::kHalves, scored, has_rows);
    Print("regret of the best strategy, in % of the measured best", Split::kRegret,
          ScoreRegret(*steps, scored), has_rows);
    Print("image models", Split::kLeftOut, ScoreImages(*seen_timm, *timm), has_rows);
    Print("image models on V100", Split::kLeftOut, ScoreImages(*seen_dle, *dle), has_rows);
    print("allocated memory", Split::kMemory, ScoreMemory(fit, data));
    print("memory and layers of Korthikanti et al.", Split::kOther, ScoreKorthikanti(data));
    print("node power", Split::kPower, ScorePower(fit, data));
    return 0;
  }
  print("operation counts, nothing fitted", Split::kCounts, ScoreCounts(data));
  Print("step time, half of the configurations fitted, the other half predicted", Split::kHalves,
        ScoreHalves(*steps, 4), has_rows);
  const auto left_out = ScoreLeftOut(*steps);
  Print("step time, model not fitted", Split::kLeftOut, left_out, has_rows);
  const auto unseen = ScoreDatasheet(*steps);
  Print("step time, nothing fitted on the table", Split::kUnseenTable, unseen, has_rows);
  PrintMeanOfClasses(Split::kUnseenTable, unseen);
  PrintSpreadOfClasses(unseen);
  Print("regret of the best strategy, models not fitted, in % of the measured best", Split::kRegret,
        ScoreRegret(*steps, left_out), has_rows);
  Print("image models, model not fitted", Split::kLeftOut, ScoreImagesLeftOut(*timm), has_rows);
  Print("image models, half of the models fitted", Split::kOther, ScoreImagesHalves(*timm),
        has_rows);
  Print("image models on V100, model not fitted", Split::kLeftOut, ScoreImagesLeftOut(*dle),
        has_rows);
  Print("image models on V100, half of the configurations fitted", Split::kOther,
        ScoreImagesHalves(*dle), has_rows);
  Print("steps of built-in image models, network not fitted", Split::kOther,
        ScoreImageStepsLeftOut(*timm), has_rows);
  Print("steps of built-in image models, nothing fitted", Split::kOther,
        ScoreImageStepsDatasheet(*timm), has_rows);
  Print("steps of built-in image models on V100, network not fitted", Split::kOther,
        ScoreImageStepsLeftOut(*dle), has_rows);
  Print("steps of built-in image models on V100, nothing fitted", Split::kOther,
        ScoreImageStepsDatasheet(*dle), has_rows);
  print("allocated memory, half of the configurations fitted", Split::kMemory,
        ScoreMemoryHalves(data));
  print("memory and layers of Korthikanti et al., nothing fitted", Split::kOther,
        ScoreKorthikanti(data));
  print("node power, half of the configurations fitted", Split::kPower, ScorePowerHalves(data, 4));
  return 0;
}
