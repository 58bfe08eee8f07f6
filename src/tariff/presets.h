#pragma once
// The configurations that were published: with their inputs, or with a range only.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"

namespace epochcost::tariff {

// The formula's numbers, in 1e-9 of their units: prices per hour or GB, hours, GB.
struct PresetInputs {
  std::int64_t c_gpu = 0;
  std::int64_t t_gpu = 0;
  std::int64_t c_cpu = 0;
  std::int64_t t_cpu = 0;
  std::int64_t c_mem = 0;
  std::int64_t m_avg = 0;
  std::int64_t c_net = 0;
  std::int64_t d_transfer = 0;
  std::int64_t replicas = 1;
  std::int64_t epochs = 1;
};

// What one epoch was published to cost.
struct PublishedRange {
  NanoMoney low;
  NanoMoney high;
};

// One of `inputs` and `range` is there.
struct Preset {
  std::string name;
  std::string title;
  std::string parameters;  // of the model; a reference row's
  std::string hardware;
  std::string source;
  std::string date;  // on which the source was read
  Currency currency;
  std::optional<PresetInputs> inputs;
  std::optional<PublishedRange> range;
};

// The two worked examples and the five reference rows of catalog/presets.toml, in its order.
[[nodiscard]] const std::vector<Preset>& Presets();

// Error kNotFound names the preset that was meant, or all there are.
[[nodiscard]] Result<Preset> FindPreset(std::string_view name);

// Presets of a file in the shape of catalog/presets.toml. Errors as ParseSheets.
[[nodiscard]] Result<std::vector<Preset>> ParsePresets(std::string_view toml,
                                                       std::string_view file_name);

}  // namespace epochcost::tariff
