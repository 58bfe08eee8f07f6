#pragma once
// The calibrations that are delivered: catalog/calibration/*.toml, fitted to published runs.

#include <string_view>
#include <vector>

#include "base/result.h"
#include "estimate/calibration/calibration.h"

namespace epochcost::estimate {

struct ShippedStack {
  std::string name;    // "llm-foundry/h100_80gb"
  std::string device;  // a catalog name, or the first letters that its kind shares: "H100"
  Precision precision = Precision::kBf16;
  std::string source;
  std::string date;
  double mean_error = 0;  // of the runs that it was fitted to, in %
  StackCalibration calibration;
};

// A file as estimate_accuracy writes it. Errors: kInvalidInput with the place.
[[nodiscard]] Result<std::vector<ShippedStack>> ParseCalibration(std::string_view toml,
                                                                 std::string_view file_name);

// In the file's shape: what was fitted, with its residuals, source and date.
[[nodiscard]] std::string WriteCalibration(const std::vector<ShippedStack>& stacks);

// One of them: "[[stack]] …".
[[nodiscard]] std::string StackToml(const ShippedStack& stack);

[[nodiscard]] const std::vector<ShippedStack>& ShippedStacks();

// Of image models (catalog/calibration/images.toml): of the device and the width of the precision;
// nothing where no such runs were measured.
[[nodiscard]] const StackCalibration* ShippedImageCalibration(const Machine& machine,
                                                              Precision precision);

}  // namespace epochcost::estimate
