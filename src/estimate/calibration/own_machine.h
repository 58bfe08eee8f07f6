#pragma once
// A machine of the reader's own, as a sweep over it measured it: a device and a link like those of
// the catalog, and the constants of the time model, fitted to the sweep.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "estimate/calibration/calibration.h"
#include "estimate/calibration/sweep.h"
#include "estimate/hardware/hardware.h"

namespace epochcost::estimate {

// How far the fitted constants are from what was measured, in one kind of measurement.
struct SweepResidual {
  std::string kind;
  std::int64_t count = 0;   // passes: forward and backward are two
  double mean_percent = 0;  // of |predicted / measured − 1|
  double worst_percent = 0;
};

struct OwnMachine {
  std::string agent;  // which machine it was measured on
  Device device;      // fp32 alone; its peaks are the fastest that was measured
  Link link;          // between processes of the machine
  StackCalibration calibration;
  std::vector<SweepResidual> residuals;
  std::vector<SweepSkipped> skipped;  // the constants of these are assumed
};

// Error kInvalidInput: no product or no movement of memory was measured.
[[nodiscard]] Result<OwnMachine> FitMachine(const Sweep& sweep, const std::string& name,
                                            std::string agent, const std::string& date);

// A file in the home's calibration folder. Errors as ParseCatalog and ParseCalibration.
[[nodiscard]] std::string WriteOwnMachine(const OwnMachine& machine);
[[nodiscard]] Result<OwnMachine> ReadOwnMachine(std::string_view toml, std::string_view file_name);

}  // namespace epochcost::estimate
