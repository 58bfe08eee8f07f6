#include "app/watch/history.h"

#include <algorithm>

#include "base/money.h"

namespace epochcost::app::watch {
namespace {

constexpr std::size_t kMostKept = 600;
constexpr Nanos kRateOver{30 * kNanosPerSecond};
constexpr Wide kNanosPerHour = Wide{3600} * kNanosPerSecond;

std::optional<Wide> QuantityOf(const RunCost& cost, Resource resource) {
  const auto& sum = cost.sums.at(static_cast<std::size_t>(resource));
  return sum ? std::optional(sum->quantity) : std::nullopt;
}

void Keep(std::vector<double>& values, double value) {
  values.push_back(std::max(0.0, value));
  if (values.size() > kMostKept) values.erase(values.begin());
}

double Share(const std::optional<Wide>& now, const std::optional<Wide>& before, double of) {
  return now && before && of > 0 ? static_cast<double>(*now - *before) / of : 0;
}

}  // namespace

Seen SeenIn(const RunCost& cost, UtcTime at) {
  return {at, cost.total.nano + cost.provisional.nano, QuantityOf(cost, Resource::kCpuTime),
          QuantityOf(cost, Resource::kGpuTime), QuantityOf(cost, Resource::kGpuHeld)};
}

void History::Add(const Seen& seen) {
  if (!seen_.empty()) {
    const Seen& before = seen_.back();
    if (seen.at <= before.at) return;
    const auto time = static_cast<double>((seen.at - before.at).Count());
    const double rate = static_cast<double>(seen.nano - before.nano) / kNanoPerUnit / time;
    Keep(units_per_hour_, rate * static_cast<double>(kNanosPerHour));
    Keep(busy_cpus_, Share(seen.cpu_ns, before.cpu_ns, time));
    const double held = Share(seen.gpu_held_ns, before.gpu_held_ns, 1);
    Keep(gpu_busy_, Share(seen.gpu_ns, before.gpu_ns, held));
  }
  seen_.push_back(seen);
  if (seen_.size() > kMostKept) seen_.erase(seen_.begin());
}

std::optional<Wide> History::NanoPerHour() const {
  if (seen_.size() < 2) return std::nullopt;
  const Seen& last = seen_.back();
  const auto first =
      std::ranges::find_if(seen_, [&](const Seen& seen) { return last.at - seen.at <= kRateOver; });
  const Nanos time = last.at - first->at;
  if (time.Count() <= 0) return std::nullopt;
  return (last.nano - first->nano) * kNanosPerHour / time.Count();
}

}  // namespace epochcost::app::watch
