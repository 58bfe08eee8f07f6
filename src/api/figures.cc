#include "api/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace epochcost::api {
namespace {

constexpr Wide kBytesPerGb = 1'000'000'000;

const std::optional<ResourceSum>& At(const ResourceSums& sums, Resource resource) {
  return sums.at(static_cast<std::size_t>(resource));
}

Wide Absolute(Wide value) { return value < 0 ? -value : value; }

// Amounts by Quality.
using Parts = std::array<Wide, 3>;

void AddTo(Parts& parts, const ResourceSums& sums) {
  for (const auto& sum : sums) {
    if (sum) parts.at(static_cast<std::size_t>(sum->quality)) += Absolute(sum->amount_nano);
  }
}

Provenance ShareOut(const Parts& parts) {
  const Wide all = std::accumulate(parts.begin(), parts.end(), Wide{0});
  Provenance provenance;
  if (all == 0) return provenance;
  std::int64_t given = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    provenance.permille[i] = static_cast<std::int64_t>(parts.at(i) * 1000 / all);
    given += provenance.permille[i];
  }
  // What the divisions cut off goes to the largest part, so that the parts still make a whole.
  *std::ranges::max_element(provenance.permille) += 1000 - given;
  return provenance;
}

}  // namespace

std::optional<TermSum> SumOf(const ResourceSums& sums, Term term, Currency currency) {
  std::optional<TermSum> found;
  for (const ResourceInfo& info : Resources()) {
    const auto& sum = At(sums, info.resource);
    if (info.term != term || !info.is_charged || !sum) continue;
    if (!found) found = TermSum{.term = term, .amount = Money{0, currency}, .source = sum->source};
    found->amount.nano += sum->amount_nano;
    found->quantity += sum->quantity;
    found->quality = Worse(found->quality, sum->quality);
  }
  return found;
}

std::optional<Wide> NetworkBytes(const ResourceSums& sums) {
  const auto& in = At(sums, Resource::kNetworkIn);
  const auto& out = At(sums, Resource::kNetworkOut);
  if (!in && !out) return std::nullopt;
  return (in ? in->quantity : 0) + (out ? out->quantity : 0);
}

std::optional<Wide> AverageMemory(const ResourceSums& sums, Nanos held) {
  const auto& memory = At(sums, Resource::kMemory);
  if (!memory || held.Count() <= 0) return std::nullopt;
  const auto average = MulDivFloor(memory->quantity, kNanosPerMilli, held.Count());
  return average ? std::optional<Wide>(*average) : std::nullopt;
}

Nanos HeldTime(const RunCost& cost) {
  Nanos held;
  for (const EpochCost& epoch : cost.epochs) held += epoch.held;
  for (const EpochCost& phase : cost.phases) held += phase.held;
  return held;
}

Nanos WallTime(const RunCost& cost) {
  if (cost.run.ended) return *cost.run.ended - cost.run.started;
  UtcTime last = cost.run.started;
  for (const EpochCost& epoch : cost.epochs) last = std::max(last, epoch.t1);
  for (const EpochCost& phase : cost.phases) last = std::max(last, phase.t1);
  return last - cost.run.started;
}

Provenance ProvenanceOf(const ResourceSums& sums) {
  Parts parts{};
  AddTo(parts, sums);
  return ShareOut(parts);
}

Provenance ProvenanceOf(const RunCost& cost) {
  Parts parts{};
  for (const EpochCost& epoch : cost.epochs) AddTo(parts, epoch.sums);
  for (const EpochCost& phase : cost.phases) AddTo(parts, phase.sums);
  return ShareOut(parts);
}

std::optional<UnitPrice> PriceOf(const PriceSheet& sheet, Resource resource) {
  const auto& rate = sheet.rates.at(static_cast<std::size_t>(resource));
  if (!rate) return std::nullopt;
  const bool per_epoch =
      resource == Resource::kMemory && sheet.memory_basis == MemoryBasis::kPerEpoch;
  const Wide per_unit = per_epoch ? kBytesPerGb : Info(resource).units_per_priced;
  const auto nano = MulDivFloor(rate->nano, per_unit, rate->per);
  if (!nano) return std::nullopt;
  return UnitPrice{*nano, per_epoch ? "GB_epoch" : Info(resource).priced_unit};
}

ReadableQuantity Readable(Resource resource, Wide quantity) {
  switch (resource) {
    case Resource::kGpuTime:
    case Resource::kCpuTime:
    case Resource::kGpuHeld: {
      if (Absolute(quantity) < Wide{3600} * kNanosPerSecond) {
        return {ToGrouped(quantity, 3), "s"};
      }
      return {ToGrouped(quantity / 3600, 3), "h"};
    }
    case Resource::kMemory: {
      // byte·ms ÷ (10⁹ bytes × 3.6e6 ms), in nano-units of GB·h.
      const Wide nano = quantity / 3'600'000;
      const int places = Absolute(nano) < 1'000'000 ? 9 : Absolute(nano) < kNanoPerUnit ? 6 : 3;
      return {ToGrouped(nano, places), "GB·h"};
    }
    case Resource::kGpuEnergy:
    case Resource::kCpuEnergy:
      // µJ; in nano-units of J, and of kWh from 1 kWh on.
      if (Absolute(quantity) < Info(resource).units_per_priced) {
        return {ToGrouped(quantity * 1000, 3), "J"};
      }
      return {ToGrouped(quantity * 1000 / 3'600'000, 3), "kWh"};
    default:
      break;
  }
  if (Absolute(quantity) < 1'000'000) return {ToGrouped(quantity * 1'000'000, 3), "kB"};
  if (Absolute(quantity) < kBytesPerGb) return {ToGrouped(quantity * 1'000, 3), "MB"};
  return {ToGrouped(quantity, 3), "GB"};
}

std::string ReadableBytes(Wide bytes) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "kB", "MB", "GB", "TB", "PB"};
  if (Absolute(bytes) < 1000) return fmt::format("{} B", static_cast<std::int64_t>(bytes));
  std::size_t unit = 0;
  Wide scale = 1;
  while (unit + 1 < kUnits.size() && Absolute(bytes) >= scale * 1000) {
    scale *= 1000;
    ++unit;
  }
  return fmt::format("{} {}", ToGrouped(bytes * kNanoPerUnit / scale, 2), kUnits.at(unit));
}

std::string DecimalQuotient(Wide numerator, Wide denominator, int places) {
  std::string text = numerator < 0 ? "-" : "";
  const Wide magnitude = Absolute(numerator);
  text += ToString(magnitude / denominator);
  Wide rest = magnitude % denominator;
  std::string fraction;
  for (int place = 0; place < places && rest != 0; ++place) {
    rest *= 10;
    fraction += static_cast<char>('0' + static_cast<int>(rest / denominator));
    rest %= denominator;
  }
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (fraction.empty()) return text == "-0" ? "0" : text;
  return text + "." + fraction;
}

std::string ExactUtc(UtcTime time) {
  const std::string coarse = FormatUtc(time);  // …04.123Z
  const std::int64_t below_second =
      ((time.ns % kNanosPerSecond) + kNanosPerSecond) % kNanosPerSecond;
  return fmt::format("{}{:09}Z", coarse.substr(0, coarse.size() - 4), below_second);
}

RunSummary Summarise(const RunCost& cost) {
  const auto closed = std::ranges::count_if(
      cost.epochs, [](const EpochCost& epoch) { return !epoch.is_open && epoch.is_complete; });
  return {.run = cost.run,
          .total = cost.total,
          .provisional = cost.provisional,
          .epochs = closed,
          .duration = WallTime(cost),
          .provenance = ProvenanceOf(cost)};
}

}  // namespace epochcost::api
