#pragma once
// Runs the program that measures this machine, in the reader's own Python.

#include <functional>
#include <string>

#include "base/result.h"
#include "estimate/calibration/sweep.h"

namespace epochcost::app {

struct SweepOrder {
  std::string python = "python3";
  std::string library = "torch";  // or "numpy"
  std::int64_t threads = 0;       // 0: as many as the library takes
  std::int64_t processes = 2;
  bool is_quick = false;
  std::string folder;     // where the program is put while it runs; it exists
  double patience = 300;  // seconds without a word before it is given up
  std::string program;    // Python
};

// `told` hears of each step. Errors: kNotFound (no such Python), kUnavailable (the library is not
// there, it hung or ended early: with its last words and what to do), kInvalidInput (a line that is
// none of a sweep's). Nothing of the program is left running.
[[nodiscard]] Result<estimate::Sweep> RunSweep(
    const SweepOrder& order, const std::function<void(const estimate::SweepProgress&)>& told);

}  // namespace epochcost::app
