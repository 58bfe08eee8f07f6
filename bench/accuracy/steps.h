#pragma once
// Rows of the tables of step times, as configurations and measured seconds.

#include <string>
#include <vector>

#include "base/result.h"
#include "estimate/calibration/calibration.h"
#include "table.h"

namespace epochcost::accuracy {

struct StepCase {
  std::string table;
  std::string row_class;      // scored together
  std::string label;          // for a person
  std::string configuration;  // replicates have the same
  std::string model;          // left out together
  estimate::RunSetup run;
  double measured = 0;  // seconds; never read by the predictor
  std::string refusal;  // why there is no prediction
};

[[nodiscard]] Result<std::vector<StepCase>> ReadMpt(const std::string& directory);
[[nodiscard]] Result<std::vector<StepCase>> ReadDgxc(const std::string& directory);
[[nodiscard]] Result<std::vector<StepCase>> ReadBigScience(const std::string& directory);
[[nodiscard]] Result<std::vector<StepCase>> ReadVtrain(const std::string& directory);
[[nodiscard]] Result<std::vector<StepCase>> ReadMegatron(const std::string& directory);

// The machine of a table: a device of the catalog in nodes with these links (bytes per second).
[[nodiscard]] estimate::Machine MachineOf(const std::string& device, double node_bandwidth);

// Coordinates by which runs resemble each other: size, sequence, devices, divisions, micro-batch.
[[nodiscard]] std::vector<double> StandardCoordinates(const estimate::RunSetup& run);

}  // namespace epochcost::accuracy
