#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"
#include "model/price.h"

namespace epochcost {

enum class RunState : std::uint8_t {
  kRunning,
  kFinished,     // the program ended; exit_code says how
  kInterrupted,  // the meter went away and nobody said how the program ended
};

// One training, perhaps resumed. Its budget belongs to the project.
struct Run {
  RunId id;
  ProjectId project;
  AgentId agent;     // where it ran
  std::string name;  // shown to people; the program's file name by default
  std::vector<std::string> command;
  std::string working_directory;
  SheetName sheet;  // the sheet that prices it
  Currency currency;
  UtcTime started;
  std::optional<UtcTime> ended;
  RunState state = RunState::kRunning;
  std::optional<int> exit_code;  // 128 + n where a signal n ended it
  std::string epochs_from;       // "sdk", "printed: keras", "none"
  std::optional<std::int64_t> planned_epochs;
  double hz = 10;  // readings per second inside the meter
};

// Budget and alert threshold of a project, as its SDK or a flag last said. threshold_ppm: 800'000
// is 0.8.
struct Project {
  ProjectId id;
  std::optional<Money> budget;
  std::int64_t threshold_ppm = 800'000;
};

}  // namespace epochcost
