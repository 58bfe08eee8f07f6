#include "api/focus_columns.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "api/escape.h"
#include "api/figures.h"

namespace epochcost::api {
namespace {

using Row = FocusRow;

constexpr Wide kBytesPerGb = 1'000'000'000;
constexpr Wide kMsPerSecond = 1'000;
constexpr int kPlaces = 15;

// With a point always: readers guess a column's type, and a column of whole numbers is a decimal
// too.
std::string Decimal(Wide numerator, Wide denominator) {
  std::string text = DecimalQuotient(numerator, denominator, kPlaces);
  if (text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string Cost(const Row& row) { return Decimal(row.amount_nano, kNanoPerUnit); }

// FOCUS times are whole seconds; the exact ones are in x_ columns.
std::string WholeSecond(UtcTime time) { return ExactUtc(time).substr(0, 19) + "Z"; }

std::string Start(const Row& row) { return WholeSecond(row.t0); }

// The end is outside of the period, and no period is empty.
std::string End(const Row& row) {
  const std::string start = WholeSecond(row.t0);
  const std::string end = WholeSecond(row.t1);
  return end > start ? end : WholeSecond(row.t0 + Nanos{kNanosPerSecond});
}

std::string MonthFrom(const Row& row, int months) {
  using std::chrono::days;
  const std::chrono::sys_time<std::chrono::nanoseconds> at{std::chrono::nanoseconds{row.t0.ns}};
  const std::chrono::year_month_day day{std::chrono::floor<days>(at)};
  const auto month = day.year() / day.month() + std::chrono::months{months};
  return fmt::format("{:04}-{:02}-01T00:00:00Z", static_cast<int>(month.year()),
                     static_cast<unsigned>(month.month()));
}

bool IsPerEpoch(const Row& row) {
  return row.resource == Resource::kMemory && row.sheet->memory_basis == MemoryBasis::kPerEpoch;
}

std::string Provider(const Row& row) {
  return row.sheet->provider.empty() ? "EpochCost" : ForCsv(row.sheet->provider);
}

std::string UnitPrice(const Row& row) {
  const auto price = PriceOf(*row.sheet, row.resource);
  return Decimal(price ? price->nano : 0, kNanoPerUnit);
}

std::string PricingQuantity(const Row& row) {
  return IsPerEpoch(row) ? Decimal(row.average_bytes, kBytesPerGb)
                         : Decimal(row.quantity, Info(row.resource).units_per_priced);
}

std::string PricingUnit(const Row& row) {
  if (IsPerEpoch(row)) return "GB";
  const std::string_view unit = Info(row.resource).priced_unit;
  return unit == "hour" ? "Hours" : unit == "GB_hour" ? "GB-Hours" : "GB";
}

std::string ConsumedQuantity(const Row& row) {
  const Wide denominator = row.resource == Resource::kMemory          ? kBytesPerGb * kMsPerSecond
                           : Info(row.resource).priced_unit == "hour" ? Wide{kNanosPerSecond}
                                                                      : kBytesPerGb;
  return Decimal(row.quantity, denominator);
}

std::string ConsumedUnit(const Row& row) {
  if (row.resource == Resource::kMemory) return "GB-Seconds";
  return Info(row.resource).priced_unit == "hour" ? "Seconds" : "GB";
}

std::string_view Meter(Resource resource) {
  constexpr std::array<std::string_view, kResourceCount> kMeters = {
      "GPU time",     "CPU time", "Memory",     "Network in", "Network out",
      "Loopback",     "GPU held", "GPU energy", "CPU energy", "Disk read",
      "Disk written", "RDMA in",  "RDMA out"};
  return kMeters.at(static_cast<std::size_t>(resource));
}

std::string_view TypeOf(Resource resource) {
  constexpr std::array<std::string_view, 6> kTypes = {"GPU",     "CPU",    "Memory",
                                                      "Network", "Energy", "Disk"};
  return kTypes.at(static_cast<std::size_t>(Info(resource).term));
}

std::string Description(const Row& row) {
  return ForCsv(fmt::format("{} of {} {}, replica {}, run {}", Meter(row.resource),
                            Name(row.scope.kind), row.scope.index, row.replica, row.run->name));
}

std::string Sku(const Row& row) {
  return ForCsv(fmt::format("{}/{}", row.sheet->name.Value(), Info(row.resource).name));
}

std::string SkuPrice(const Row& row) {
  return ForCsv(fmt::format("{}/v{}/{}", row.sheet->name.Value(), row.sheet->version,
                            Info(row.resource).name));
}

std::string PriceDetails(const Row& row) {
  const nlohmann::ordered_json details = {
      {"x_PriceSource", ValidUtf8(row.sheet->source)},
      {"x_PriceSourceDate", ValidUtf8(row.sheet->source_date)},
      {"x_MemoryBasis",
       row.sheet->memory_basis == MemoryBasis::kPerEpoch ? "per_epoch" : "gb_hour"}};
  return ForCsv(details.dump());
}

std::string Tags(const Row& row) {
  const nlohmann::ordered_json tags = {{"project", ValidUtf8(row.run->project.Value())},
                                       {"run_id", ValidUtf8(row.run->id.Value())},
                                       {"run_name", ValidUtf8(row.run->name)},
                                       {"scope", Name(row.scope.kind)},
                                       {"index", row.scope.index},
                                       {"rank", row.replica}};
  return ForCsv(tags.dump());
}

std::string CurrencyCode(const Row& row) { return std::string(row.sheet->currency.Code()); }

std::string Null(const Row&) { return {}; }

constexpr auto kString = FocusType::kString;
constexpr auto kDecimal = FocusType::kDecimal;
constexpr auto kDateTime = FocusType::kDateTime;
constexpr auto kJson = FocusType::kJson;

constexpr std::array kColumns = {
    FocusColumn{"BilledCost", kDecimal, false, Cost},
    FocusColumn{"BillingAccountId", kString, false,
                [](const Row& r) {
                  return r.run->agent.IsEmpty() ? "local" : ForCsv(r.run->agent.Value());
                }},
    FocusColumn{"BillingAccountName", kString, true, Provider},
    FocusColumn{"BillingAccountType", kString, true,
                [](const Row&) -> std::string { return "Machine"; }},
    FocusColumn{"BillingCurrency", kString, false, CurrencyCode},
    FocusColumn{"BillingPeriodEnd", kDateTime, false, [](const Row& r) { return MonthFrom(r, 1); }},
    FocusColumn{"BillingPeriodStart", kDateTime, false,
                [](const Row& r) { return MonthFrom(r, 0); }},
    FocusColumn{"ChargeCategory", kString, false,
                [](const Row&) -> std::string { return "Usage"; }},
    FocusColumn{"ChargeClass", kString, true, Null},
    FocusColumn{"ChargeDescription", kString, true, Description},
    FocusColumn{"ChargeFrequency", kString, false,
                [](const Row&) -> std::string { return "Usage-Based"; }},
    FocusColumn{"ChargePeriodEnd", kDateTime, false, End},
    FocusColumn{"ChargePeriodStart", kDateTime, false, Start},
    // Null, but the rules of ConsumedQuantity read it.
    FocusColumn{"CommitmentDiscountStatus", kString, true, Null},
    FocusColumn{"ConsumedQuantity", kDecimal, true, ConsumedQuantity},
    FocusColumn{"ConsumedUnit", kString, true, ConsumedUnit},
    FocusColumn{"ContractedCost", kDecimal, false, Cost},
    FocusColumn{"ContractedUnitPrice", kDecimal, true, UnitPrice},
    FocusColumn{"EffectiveCost", kDecimal, false, Cost},
    FocusColumn{"InvoiceId", kString, true, Null},
    FocusColumn{"InvoiceIssuerName", kString, false, Provider},
    FocusColumn{"ListCost", kDecimal, false, Cost},
    FocusColumn{"ListUnitPrice", kDecimal, true, UnitPrice},
    FocusColumn{"PricingCategory", kString, true,
                [](const Row&) -> std::string { return "Standard"; }},
    // What is priced in one currency is billed in it.
    FocusColumn{"PricingCurrency", kString, true, CurrencyCode},
    FocusColumn{"PricingCurrencyContractedUnitPrice", kDecimal, true, UnitPrice},
    FocusColumn{"PricingCurrencyEffectiveCost", kDecimal, false, Cost},
    FocusColumn{"PricingCurrencyListUnitPrice", kDecimal, true, UnitPrice},
    FocusColumn{"PricingQuantity", kDecimal, true, PricingQuantity},
    FocusColumn{"PricingUnit", kString, true, PricingUnit},
    FocusColumn{"ProviderName", kString, false, Provider},
    FocusColumn{"PublisherName", kString, false, Provider},
    FocusColumn{"RegionId", kString, true, [](const Row& r) { return ForCsv(r.sheet->region); }},
    FocusColumn{"RegionName", kString, true, [](const Row& r) { return ForCsv(r.sheet->region); }},
    FocusColumn{
        "ResourceId", kString, true,
        [](const Row& r) { return ForCsv(fmt::format("{}/{}", r.run->id.Value(), r.replica)); }},
    FocusColumn{"ResourceName", kString, true,
                [](const Row& r) { return ForCsv(r.run->name.empty() ? "run" : r.run->name); }},
    FocusColumn{"ResourceType", kString, true,
                [](const Row& r) { return std::string(TypeOf(r.resource)); }},
    FocusColumn{"ServiceCategory", kString, false,
                [](const Row&) -> std::string { return "AI and Machine Learning"; }},
    FocusColumn{"ServiceName", kString, false,
                [](const Row&) -> std::string { return "Model training"; }},
    FocusColumn{"ServiceSubcategory", kString, false,
                [](const Row&) -> std::string { return "Machine Learning"; }},
    FocusColumn{"SkuId", kString, true, Sku},
    FocusColumn{"SkuMeter", kString, true,
                [](const Row& r) { return std::string(Meter(r.resource)); }},
    FocusColumn{"SkuPriceDetails", kJson, true, PriceDetails},
    FocusColumn{"SkuPriceId", kString, true, SkuPrice},
    FocusColumn{"SubAccountId", kString, true,
                [](const Row& r) { return ForCsv(r.run->project.Value()); }},
    FocusColumn{"SubAccountName", kString, true,
                [](const Row& r) { return ForCsv(r.run->project.Value()); }},
    FocusColumn{"SubAccountType", kString, true,
                [](const Row&) -> std::string { return "Project"; }},
    FocusColumn{"Tags", kJson, true, Tags},
    FocusColumn{"x_RunId", kString, false, [](const Row& r) { return ForCsv(r.run->id.Value()); }},
    FocusColumn{"x_Scope", kString, false,
                [](const Row& r) { return std::string(Name(r.scope.kind)); }},
    FocusColumn{"x_Epoch", kDecimal, false,
                [](const Row& r) { return fmt::format("{}", r.scope.index); }},
    FocusColumn{"x_Rank", kDecimal, false,
                [](const Row& r) { return fmt::format("{}", r.replica); }},
    FocusColumn{"x_Resource", kString, false,
                [](const Row& r) { return std::string(Info(r.resource).name); }},
    FocusColumn{"x_BaseQuantity", kDecimal, false,
                [](const Row& r) { return ToString(r.quantity); }},
    FocusColumn{"x_BaseUnit", kString, false,
                [](const Row& r) { return std::string(Info(r.resource).quantity_name); }},
    FocusColumn{"x_AmountNano", kDecimal, false,
                [](const Row& r) { return ToString(r.amount_nano); }},
    FocusColumn{"x_Quality", kString, false,
                [](const Row& r) { return std::string(Name(r.quality)); }},
    FocusColumn{"x_Source", kString, false,
                [](const Row& r) { return std::string(Info(r.source).name); }},
    FocusColumn{"x_ExactStart", kDateTime, false, [](const Row& r) { return ExactUtc(r.t0); }},
    FocusColumn{"x_ExactEnd", kDateTime, false, [](const Row& r) { return ExactUtc(r.t1); }},
    FocusColumn{"x_Lines", kDecimal, false,
                [](const Row& r) { return fmt::format("{}", r.lines); }},
    FocusColumn{"x_LineId", kString, true, [](const Row& r) { return ForCsv(r.line_id); }},
};

}  // namespace

std::span<const FocusColumn> FocusColumns() { return kColumns; }

}  // namespace epochcost::api
