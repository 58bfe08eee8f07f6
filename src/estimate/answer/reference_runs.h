#pragma once
// The published reference costs as trainings: which model on which data, as far as that is known
// from elsewhere. The publication gives neither dataset nor batch nor time.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace epochcost::estimate {

struct ReferenceRun {
  std::string preset;  // of catalog/presets.toml
  std::string model;
  std::string device;
  std::int64_t devices = 1;
  std::int64_t samples = 1;  // an epoch's
  std::int64_t global_batch = 1;
  std::int64_t micro_batch = 1;
  std::int64_t tensor = 1;
  std::int64_t pipeline = 1;
  std::int64_t zero = 0;
  std::string recompute;  // "none", "selective", "full"
  std::string precision;
  std::string dataset;  // "ImageNet-1k: 1,281,167 images"
  std::string source;   // of the dataset and batch
  std::string date;
};

// All of catalog/reference_runs.toml, in its order.
[[nodiscard]] const std::vector<ReferenceRun>& ReferenceRuns();
// Error kNotFound names those there are.
[[nodiscard]] Result<ReferenceRun> FindReferenceRun(std::string_view preset);

}  // namespace epochcost::estimate
