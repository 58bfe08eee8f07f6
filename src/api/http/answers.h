#pragma once
// The JSON of events and of what several answers share. Private to the room.

#include "api/http/ports.h"
#include "api/http/register.h"
#include "api/http/timeline.h"
#include "api/http/views.h"
#include "base/text.h"

namespace epochcost::api::http {

// `run` events: where a run stands.
[[nodiscard]] Json OfDelta(const RunEntry& entry, const std::optional<Money>& billed);
// What an alert is about in money: of a budget or a threshold that was passed, what the run cost
// since; of a time without readings or of sleep, what the run cost then. Nothing for others, and
// where that is 0.
[[nodiscard]] std::optional<Money> ImpactOf(const Notice& notice, const Timeline& line,
                                            Currency currency);
// `verdict` may be null.
[[nodiscard]] Json OfAlert(const Notice& notice, const std::optional<Money>& impact,
                           const AlertVerdict* verdict, Language language);
// One row of the list of runs. `project` may be null.
[[nodiscard]] Json OfItem(const RunEntry& entry, const std::optional<Money>& billed,
                          const Project* project, const Register& runs, const Ports& ports);
// amount ÷ by, to the nearest nano-unit; null where `by` is 0.
[[nodiscard]] Json OfQuotient(const Money& amount, std::int64_t by);

[[nodiscard]] Nanos DurationOf(const store::RunStanding& standing);

}  // namespace epochcost::api::http
