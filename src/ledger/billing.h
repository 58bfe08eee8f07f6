#pragma once
// Used, billed, idle: what was used at its price, what is paid because it was rented, and the
// difference.

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "model/cost.h"
#include "model/price.h"

namespace epochcost::ledger {

// When a run had the machine, and with how many shares beside others.
struct Tenancy {
  RunId run;
  UtcTime t0;
  UtcTime t1;
  std::int64_t shares = 1;
};

struct Billing {
  // By Resource. Absent: neither rented nor used.
  std::array<std::optional<Money>, kResourceCount> by_resource;
  Money billed;
  Money idle;  // billed − used; negative where more was used than is rented
};

// What `cost.run` is billed.
//
// A resource that the sheet rents by time (gpu, cpu, memory by the GB-hour) is billed as rented
// quantity × wall time × price, whatever was used: rent(t) = ⌊rate · quantity · t / D⌋ with t since
// 1970, so that rents of stretches telescope. Between any two instants at which a run on the
// machine begins or ends, or a price changes, that rent is divided by the shares of the runs that
// are there; each gets the floor and the first of them by id the rest. So the shares of all of them
// sum to the machine's rent exactly, as long as they name the same sheet and the same neighbours.
// Everything else (network, memory per epoch, what is not rented) is billed as used. Where only
// some versions rent a resource, its use in the time of the others is taken by their share of the
// time.
//
// `tenancies` are the runs on the same machine that overlap, this run's own included or not; those
// that end before they begin share nothing. `spans` cover [start, end) of the run, as
// tariff::PriceBook::Spans gives them. `now` ends a run that is still going. Provisional money is
// in neither amount. Errors: kInvalidInput (the run ends before it begins, shares below 1),
// kOverflow.
[[nodiscard]] Result<Billing> Bill(const RunCost& cost, std::span<const Tenancy> tenancies,
                                   std::span<const PriceSpan> spans, UtcTime now);

}  // namespace epochcost::ledger
