#include "ledger/formula_text.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "base/text.h"
#include "ledger/share.h"

namespace epochcost::ledger {
namespace {

constexpr Wide kNsPerMs = 1'000'000;
constexpr Wide kBytesPerGb = 1'000'000'000;

std::string_view Symbols(Resource resource) {
  switch (resource) {
    case Resource::kGpuTime:
      return "C_gpu × T_gpu";
    case Resource::kCpuTime:
      return "C_cpu × T_cpu";
    case Resource::kMemory:
      return "C_mem × M_avg";
    case Resource::kNetworkIn:
      return Translate("C_net × D_transfer, in");
    case Resource::kNetworkOut:
      return Translate("C_net × D_transfer, out");
    case Resource::kRdmaIn:
      return Translate("C_net × D_transfer, RDMA in");
    case Resource::kRdmaOut:
      return Translate("C_net × D_transfer, RDMA out");
    case Resource::kLoopback:
    case Resource::kGpuHeld:
    case Resource::kGpuEnergy:
    case Resource::kCpuEnergy:
    case Resource::kDiskRead:
    case Resource::kDiskWrite:
      break;
  }
  return "";
}

// A quantity as the price counts it, in 1e-9, and the words for both.
struct Shown {
  Wide nano_quantity = 0;
  std::string_view quantity_unit;
  std::string_view price_unit;
};

std::optional<Shown> ShownQuantity(const EpochCost& cost, Resource resource, Wide quantity,
                                   bool is_per_epoch) {
  if (!is_per_epoch) {
    const auto nano = Share(quantity, kNanoPerUnit, Info(resource).units_per_priced);
    if (!nano) return std::nullopt;
    const bool is_time = resource == Resource::kGpuTime || resource == Resource::kCpuTime;
    if (is_time) return Shown{*nano, "h", "h"};
    return resource == Resource::kMemory ? Shown{*nano, "GB·h", "GB_h"} : Shown{*nano, "GB", "GB"};
  }
  // Σ of the replicas' averages: byte·ms over the time of the epoch, which is the mean over
  // replicas.
  if (cost.held.Count() <= 0) return std::nullopt;
  const auto bytes = Share(quantity, kNsPerMs, cost.held.Count());
  if (!bytes) return std::nullopt;
  return Shown{*bytes * kNanoPerUnit / kBytesPerGb, "GB", "GB/epoch"};
}

// Whether price × quantity is the amount: to a nano-unit a line, and to a millionth, because the
// shown quantity is cut.
bool IsReconciled(Wide price, const Shown& shown, const ResourceSum& sum) {
  const auto product = Share(shown.nano_quantity, price, kNanoPerUnit);
  if (!product) return false;
  const Wide difference =
      *product > sum.amount_nano ? *product - sum.amount_nano : sum.amount_nano - *product;
  const Wide cut = price / kNanoPerUnit + 1;  // a nano of the quantity, in money
  return difference <= sum.lines + cut + sum.amount_nano / 1'000'000;
}

std::string MoneyText(Wide nano, const Currency& currency) {
  return fmt::format("{}{}{}", nano < 0 ? "−" : "", currency.Symbol(),
                     ToDecimal(nano < 0 ? -nano : nano));
}

std::string ResourceLine(const EpochCost& cost, const PriceSheet& sheet, Resource resource) {
  const auto index = static_cast<std::size_t>(resource);
  const std::string head = "  " + PadRight(Symbols(resource), 26);
  const auto& sum = cost.sums.at(index);
  if (!sum) return head + Say("–  (not metered)");
  const auto& rate = sheet.rates.at(index);
  const bool is_per_epoch =
      resource == Resource::kMemory && sheet.memory_basis == MemoryBasis::kPerEpoch;
  const auto shown = ShownQuantity(cost, resource, sum->quantity, is_per_epoch);
  const std::string amount = MoneyText(sum->amount_nano, sheet.currency);
  if (!shown) return head + "= " + amount;
  const std::string quantity =
      fmt::format("{} {}", ToDecimal(shown->nano_quantity), shown->quantity_unit);
  if (!rate) return head + Say("(no price) × {} = {}", quantity, amount);
  const std::string unit = fmt::format("{}/{}", sheet.currency.Code(), shown->price_unit);
  if (is_per_epoch && cost.is_open && sum->amount_nano == 0) {
    return head + Say("{} {} × {}, when the epoch closes", ToDecimal(rate->nano), unit, quantity);
  }
  if (IsReconciled(rate->nano, *shown, *sum)) {
    return head + fmt::format("{} {} × {} = {}", ToDecimal(rate->nano), unit, quantity, amount);
  }
  const auto mean = shown->nano_quantity > 0
                        ? Share(sum->amount_nano, kNanoPerUnit, shown->nano_quantity)
                        : Result<Wide>(0);
  return head + Say("{} {} × {} = {}  (mean price: it changed on the way)",
                    mean ? ToDecimal(*mean) : "–", unit, quantity, amount);
}

}  // namespace

std::string FormulaText(const EpochCost& cost, const PriceSheet& sheet) {
  const std::string_view sum = cost.replicas == 1 ? "" : "Σ ";
  std::string text = fmt::format(
      "Cost_{} = {}(C_gpu × T_gpu + C_cpu × T_cpu + C_mem × M_avg + C_net × D_transfer)",
      Name(cost.scope.kind), sum);
  for (const ResourceInfo& info : Resources()) {
    const bool is_metered = cost.sums.at(static_cast<std::size_t>(info.resource)).has_value();
    if (!info.is_charged || !(is_metered || info.is_expected)) continue;
    text += "\n" + ResourceLine(cost, sheet, info.resource);
  }
  text +=
      "\n  " + PadRight(Translate("total"), 26) + "= " + MoneyText(cost.total.nano, sheet.currency);
  if (cost.provisional.nano != 0) {
    text += "\n  " + PadRight(Translate("provisional, not in the total"), 26) + "  " +
            MoneyText(cost.provisional.nano, sheet.currency);
  }
  if (cost.replicas > 1) {
    text += "\n  " + Say("N_replicas = {}, mean per replica {}", cost.replicas,
                         MoneyText(cost.total.nano / cost.replicas, sheet.currency));
  }
  return text;
}

}  // namespace epochcost::ledger
