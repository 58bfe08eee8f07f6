#pragma once
// A few real steps of a program, watched and then stopped. What it writes into its folder meanwhile
// goes to a layer of its own and vanishes with it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace epochcost::app {

struct ProbeOrder {
  std::vector<std::string> command;
  std::int64_t steps = 20;           // measured, after the warm-up
  std::int64_t warm_up = 5;          // steps that are not
  double patience = 300;             // seconds without a step before it is given up
  bool is_in_place = false;          // its writes are real
  std::vector<std::string> protect;  // folders beside the current one
  std::string scratch;               // for the marks and the layers; outside of what is protected
};

// A moment at which the program had done so many steps.
struct ProbePoint {
  double seconds = 0;  // since its start
  std::int64_t steps = 0;
  double cpu_seconds = 0;     // of the program and its children so far
  double memory_bytes = 0;    // resident, shared pages counted with each process
  double waited_seconds = 0;  // that it could have run and other programs had the core
};

struct ProbeReading {
  std::vector<ProbePoint> points;       // one whenever the count rose
  std::optional<std::int64_t> planned;  // as printed
  std::string steps_from;               // "sdk" or "printed"
  bool has_ended = false;               // by itself, before all steps were measured
};

// Error: kNotFound (no such program), kPermission (its folder cannot be protected, with what to
// do), kUnavailable (it ended, hung or printed nothing before a step was seen: what to give
// instead). Nothing of the program is left running.
[[nodiscard]] Result<ProbeReading> ProbeRun(const ProbeOrder& order);

}  // namespace epochcost::app
