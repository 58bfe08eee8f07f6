#pragma once
// Trains networks on completed runs, with libtorch in a shared object of its own.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "forecast/lstm/network.h"
#include "forecast/member.h"

namespace epochcost::forecast::lstm {

struct TrainingOptions {
  std::size_t hidden = 32;
  std::size_t networks = 4;  // each learns without the runs of a fourth of the owners
  int passes = 45;
  std::uint64_t seed = 1;
  // Called after each pass with network, pass and mean loss; false ends the training.
  std::function<bool(std::size_t network, std::int64_t pass, double loss)> report;
};

// The least that a network can be trained on.
inline constexpr std::size_t kLeastRuns = 20;

// Learns, after each unit of each run, how the mean rate of what was left compares with the level
// so far. `library` is the path of libepochcost_lstm.so, or its name for the loader to find. Runs
// of fewer than 3 units teach nothing; runs of one system count together as the root of their
// number. Owners are spread over the networks so that each network misses about as many runs; names
// that differ in case alone are one owner. Where there is one owner only, every network learns from
// all. The same runs, options, machine and libtorch give the same weights.
//
// Errors: kUnavailable where the library or libtorch cannot be loaded, kUnsupported where it is of
// another version, kInvalidInput where fewer than kLeastRuns runs can be learnt from.
[[nodiscard]] Result<Network> Train(std::span<const CompletedRun> runs, const std::string& library,
                                    const TrainingOptions& options = {});

// Where the library lies beside a program: the folder of the running program and its ../lib. The
// bare name, for the loader's own search, where neither has it.
[[nodiscard]] std::string TrainerLibrary();

}  // namespace epochcost::forecast::lstm
