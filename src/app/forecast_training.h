#pragma once
// The forecaster, retrained on a ledger's own completed runs.

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/result.h"
#include "forecast/blend/experience.h"
#include "store/store.h"

namespace epochcost::app {

// What a training learnt from, and what came of it. An owner is a machine: what a network is worth
// on a machine's runs is told by one that has not seen them.
struct TrainingReport {
  std::string folder;
  std::int64_t runs = 0;
  std::int64_t skipped = 0;  // ended badly, or of fewer than 3 epochs
  std::int64_t workloads = 0;
  std::int64_t machines = 0;
  std::int64_t bytes = 0;  // of the weights
};

struct TrainingPlan {
  std::string folder;   // where the files go; made on demand
  std::string library;  // libepochcost_lstm.so
  std::uint64_t seed = 1;
  int passes = 45;
  // After each pass: network, networks, pass, and mean loss.
  std::function<void(std::size_t, std::size_t, std::int64_t, double)> progress;
};

// Trains the network on every run of the ledger that ended well, and learns how far every method
// was off on them. Writes lstm.bin, profiles.tsv and errors.tsv, each whole or not at all. The same
// runs and seed give the same files on the same machine and libtorch. Errors: those of
// forecast::lstm::Train, the ledger's, kIo.
[[nodiscard]] Result<TrainingReport> TrainForecaster(store::Store& ledger,
                                                     const TrainingPlan& plan);

// The same, of runs that were read already.
[[nodiscard]] Result<TrainingReport> TrainOn(std::span<const forecast::CompletedRun> runs,
                                             const TrainingPlan& plan);

// What a training left in `folder`: the network, and the shipped experience with what was learnt
// about the ledger's own runs. Where there is nothing or it cannot be read (which is logged), what
// the program brings along. Error kCorrupt: that is damaged.
struct Learnt {
  forecast::Experience experience;
  forecast::Members members;  // ARIMA, and the network where it can be read
};
[[nodiscard]] Result<Learnt> ReadLearnt(const std::string& folder);

// Where TrainForecaster puts it and ReadLearnt looks: "forecast" in the data home.
[[nodiscard]] std::string LearntFolder(const std::string& data_home);

}  // namespace epochcost::app
