#include <fmt/format.h>

#include "base/text.h"
#include "tariff/sheet_file.h"

namespace epochcost::tariff {
namespace {

constexpr std::int64_t kNanoPerMilli = 1'000'000;

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7F) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

// To the nanosecond: FormatUtc stops at milliseconds.
std::string InstantText(UtcTime time) {
  const std::string seconds = FormatUtc(time).substr(0, 19);
  const std::int64_t nanos = ((time.ns % kNanosPerSecond) + kNanosPerSecond) % kNanosPerSecond;
  return nanos == 0 ? seconds + "Z" : fmt::format("{}.{:09}Z", seconds, nanos);
}

std::string PricesText(const PriceSheet& sheet) {
  std::string text = "\n[sheet.prices]\n";
  for (const ResourceInfo& info : Resources()) {
    const auto& rate = sheet.rates.at(static_cast<std::size_t>(info.resource));
    if (!rate) continue;
    const bool is_per_epoch =
        info.resource == Resource::kMemory && sheet.memory_basis == MemoryBasis::kPerEpoch;
    text += fmt::format("{} = \"{}\"  # {}/{}\n", info.name, ToDecimal(rate->nano),
                        sheet.currency.Code(), is_per_epoch ? "GB/epoch" : info.priced_unit);
  }
  return text;
}

std::string RentedText(const PriceSheet& sheet) {
  std::string text;
  for (const ResourceInfo& info : Resources()) {
    const auto& rented = sheet.rented.at(static_cast<std::size_t>(info.resource));
    if (!rented) continue;
    if (text.empty()) text = "\n[sheet.rented]\n";
    text += fmt::format("{} = \"{}\"\n", info.name, ToDecimal(Wide{rented->milli} * kNanoPerMilli));
  }
  return text;
}

}  // namespace

std::string ToToml(const PriceSheet& sheet) {
  std::string text = "[[sheet]]\n";
  const auto line = [&text](std::string_view key, std::string_view value) {
    text += fmt::format("{} = {}\n", key, value);
  };
  line("name", Quote(sheet.name.Value()));
  line("version", std::to_string(sheet.version));
  if (!sheet.provider.empty()) line("provider", Quote(sheet.provider));
  if (!sheet.region.empty()) line("region", Quote(sheet.region));
  line("currency", Quote(sheet.currency.Code()));
  line("valid_from", InstantText(sheet.valid_from));
  if (sheet.effect == Effect::kAtNextReading) line("effect", Quote("at_next_reading"));
  line("source", Quote(sheet.source));
  line("date", Quote(sheet.source_date));
  line("memory_basis",
       Quote(sheet.memory_basis == MemoryBasis::kPerEpoch ? "per_epoch" : "gb_hour"));
  line("headline", Quote(sheet.headline == Headline::kBilled ? "billed" : "used"));
  if (sheet.provenance != Quality::kMeasured) line("provenance", Quote(Name(sheet.provenance)));
  return text + PricesText(sheet) + RentedText(sheet);
}

std::vector<std::string> Warnings(const PriceSheet& sheet, UtcTime now) {
  std::vector<std::string> warnings;
  if (sheet.valid_from > now) {
    warnings.push_back(Say("sheet {} begins in the future, at {}: until then it has no price",
                           sheet.name.Value(), FormatUtc(sheet.valid_from)));
  }
  for (const ResourceInfo& info : Resources()) {
    const auto index = static_cast<std::size_t>(info.resource);
    if (info.is_charged && info.is_expected && !sheet.rates.at(index)) {
      warnings.push_back(Say("sheet {} has no price for {}: its use is recorded and costs nothing",
                             sheet.name.Value(), info.name));
    }
    if (sheet.rented.at(index) && !sheet.rates.at(index)) {
      warnings.push_back(Say("sheet {} rents {} without a price", sheet.name.Value(), info.name));
    }
  }
  const bool rents_memory =
      sheet.rented.at(static_cast<std::size_t>(Resource::kMemory)).has_value();
  if (rents_memory && sheet.memory_basis == MemoryBasis::kPerEpoch) {
    warnings.push_back(
        Say("sheet {} rents memory that it prices per epoch: such memory is billed as used",
            sheet.name.Value()));
  }
  return warnings;
}

}  // namespace epochcost::tariff
