#pragma once
// The parts that every JSON of this room is made of (docs/json.md). Private to the room.

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/wide.h"
#include "model/cost.h"
#include "model/notice.h"
#include "model/price.h"
#include "model/run.h"

namespace epochcost::api {

using Json = nlohmann::ordered_json;

inline constexpr int kSchemaVersion = 1;

// A number up to 2⁵³, beyond it a string of digits.
[[nodiscard]] Json Integer(Wide value);
[[nodiscard]] Json Integer(const std::optional<Wide>& value);

// Names come from outside and may not be UTF-8; the library refuses to write what is not.
[[nodiscard]] Json Text(std::string_view text);
[[nodiscard]] Json TextOrNull(std::string_view text);

[[nodiscard]] std::string_view Name(RunState state);
[[nodiscard]] Json OfRun(const Run& run);
[[nodiscard]] Json OfNotice(const Notice& notice);
[[nodiscard]] Json OfMetric(const MetricPoint& point);
[[nodiscard]] Json OfSheet(const PriceSheet& sheet);

}  // namespace epochcost::api
