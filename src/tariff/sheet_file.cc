#include "tariff/sheet_file.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "tariff/toml_document.h"

namespace epochcost::tariff {
namespace {

constexpr std::size_t kLongestText = 200;
constexpr std::int64_t kNanoPerMilli = 1'000'000;
constexpr std::int64_t kLastVersion = 1'000'000'000;

Result<std::string> ParseLabel(std::string_view key, std::string_view text) {
  const bool has_control = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (text.size() <= kLongestText && !has_control) return std::string(text);
  return Fail(ErrorCode::kInvalidInput, Say("{} is no plain text", key),
              Say("it has control characters or more than {} bytes", kLongestText));
}

// A sheet's name stands in commands: no spaces.
Result<SheetName> ParseName(std::string_view text) {
  auto label = ParseLabel("name", text);
  if (!label) return tl::unexpected(label.error());
  if (text.size() <= 64 && text.find_first_of(" /'\"") == std::string_view::npos &&
      !text.starts_with('-')) {
    return SheetName{*std::move(label)};
  }
  return Fail(ErrorCode::kInvalidInput, Say("not a sheet's name: '{}'", text),
              Say("a name has at most 64 bytes, no spaces, quotes or '/', and no '-' in front"));
}

Result<std::string> ParseDate(std::string_view text) {
  if (text.size() == 10 && ParseUtc(text)) return std::string(text);
  return Fail(ErrorCode::kInvalidInput, Say("not a date: '{}'", text.substr(0, 40)),
              Say("date is the day on which the prices were read"), Say("for example 2026-11-20"));
}

Result<UtcTime> ParseInstant(std::string text) {
  // TOML allows both letters in lower case.
  std::ranges::replace(text, 't', 'T');
  std::ranges::replace(text, 'z', 'Z');
  auto time = ParseUtc(text);
  if (time && time->ns < 0) {
    return Fail(ErrorCode::kInvalidInput, Say("not a beginning: '{}'", text),
                Say("in UTC it lies before 1970"));
  }
  return time;
}

Result<std::int64_t> ParseVersion(std::string_view text) {
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error == std::errc{} && end == text.data() + text.size() && version >= 1 &&
      version <= kLastVersion) {
    return version;
  }
  return Fail(ErrorCode::kInvalidInput, Say("not a version: '{}'", text.substr(0, 40)),
              Say("versions count 1, 2, 3 …"),
              Say("leave it out: the order in the file numbers them"));
}

// One of two words, the first where the text is empty.
template <class Enum>
Result<Enum> ParseChoice(std::string_view key, std::string_view text,
                         std::initializer_list<std::pair<std::string_view, Enum>> choices) {
  if (text.empty()) return choices.begin()->second;
  std::string known;
  for (const auto& [word, value] : choices) {
    if (word == text) return value;
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  return Fail(ErrorCode::kInvalidInput, Say("{} cannot be '{}'", key, text.substr(0, 40)), "",
              Say("one of: {}", known));
}

// The price that stands under `key`, if it does.
std::optional<std::int64_t> ReadPrice(const TomlDocument& document, TomlReader& reader,
                                      const toml::table& prices, std::string_view key) {
  const toml::node* const node = prices.get(key);
  if (node == nullptr) return std::nullopt;
  const std::string written = document.Written(*node).value_or("");
  return reader.Take(*node, ParseAmount(Say("the price of {}", key), written)).Count();
}

void ReadPrices(const TomlDocument& document, TomlReader& reader, const toml::table& table,
                PriceSheet& sheet) {
  const toml::table* const prices = reader.Table(table, "prices");
  if (prices == nullptr || prices->empty()) {
    reader.Refuse(table, {ErrorCode::kInvalidInput, Say("the sheet has no price"), "",
                          Say("write at least one under [sheet.prices], such as cpu = \"0.2\"")});
    return;
  }
  if (const toml::node* const loopback = prices->get("loopback")) {
    reader.Refuse(*loopback, {ErrorCode::kInvalidInput, Say("loopback cannot have a price"),
                              Say("what never leaves the machine is counted and free"), ""});
  }
  reader.CheckKeys(*prices, {"gpu", "cpu", "memory", "network", "network_in", "network_out",
                             "rdma_in", "rdma_out"});
  for (const ResourceInfo& info : Resources()) {
    if (!info.is_charged) continue;
    auto price = ReadPrice(document, reader, *prices, info.name);
    if (info.term == Term::kNetwork && info.is_expected) {  // "network" is both IP directions
      const auto both = ReadPrice(document, reader, *prices, "network");
      if (both && price) {
        reader.Refuse(
            *prices->get(info.name),
            {ErrorCode::kInvalidInput, Say("{} has two prices", info.name),
             Say("network is the price of both directions"), Say("leave one of them out")});
      }
      if (both) price = both;
    }
    if (!price) continue;
    sheet.rates.at(static_cast<std::size_t>(info.resource)) =
        Rate{*price, RatePer(info.resource, sheet.memory_basis)};
  }
}

void ReadRented(const TomlDocument& document, TomlReader& reader, const toml::table& table,
                PriceSheet& sheet) {
  const toml::table* const rented = reader.Table(table, "rented");
  if (rented == nullptr) return;
  // What is paid by use, network, cannot be rented.
  reader.CheckKeys(*rented, {"gpu", "cpu", "memory"});
  for (const Resource resource : {Resource::kGpuTime, Resource::kCpuTime, Resource::kMemory}) {
    const toml::node* const node = rented->get(Info(resource).name);
    if (node == nullptr) continue;
    const std::string thing = Say("the rented quantity of {}", Info(resource).name);
    const std::int64_t nano =
        reader.Take(*node, ParseAmount(thing, document.Written(*node).value_or(""))).Count();
    if (nano % kNanoPerMilli != 0) {
      reader.Refuse(
          *node, {ErrorCode::kInvalidInput, Say("{} has more than three decimals", thing), "", ""});
    }
    sheet.rented.at(static_cast<std::size_t>(resource)) = Rented{nano / kNanoPerMilli};
  }
}

PriceSheet ReadSheet(const TomlDocument& document, TomlReader& reader, const toml::table& table) {
  reader.CheckKeys(
      table, {"name", "version", "provider", "region", "currency", "valid_from", "effect", "source",
              "date", "memory_basis", "headline", "provenance", "prices", "rented"});
  const auto take = [&](std::string_view key, bool is_optional, auto parse) {
    const std::string text = reader.Text(table, key, is_optional);
    const toml::node* const node = table.get(key);
    using Value = typename decltype(parse(text))::value_type;
    if (reader.FirstError()) return Value{};
    return reader.Take(node != nullptr ? *node : table, parse(text));
  };
  const auto label = [&](std::string_view key, bool is_optional) {
    return take(key, is_optional, [&](const std::string& text) { return ParseLabel(key, text); });
  };
  PriceSheet sheet;
  sheet.name = take("name", false, ParseName);
  if (table.contains("version")) sheet.version = take("version", false, ParseVersion);
  sheet.provider = label("provider", true);
  sheet.region = label("region", true);
  sheet.currency = take("currency", false, Currency::Parse);
  sheet.valid_from = take("valid_from", false, ParseInstant);
  sheet.effect = take("effect", true, [](std::string_view text) {
    return ParseChoice<Effect>(
        "effect", text,
        {{"at_instant", Effect::kAtInstant}, {"at_next_reading", Effect::kAtNextReading}});
  });
  sheet.source = label("source", false);
  sheet.source_date = take("date", false, ParseDate);
  sheet.memory_basis = take("memory_basis", true, [](std::string_view text) {
    return ParseChoice<MemoryBasis>(
        "memory_basis", text,
        {{"gb_hour", MemoryBasis::kGbHour}, {"per_epoch", MemoryBasis::kPerEpoch}});
  });
  sheet.headline = take("headline", true, [](std::string_view text) {
    return ParseChoice<Headline>("headline", text,
                                 {{"used", Headline::kUsed}, {"billed", Headline::kBilled}});
  });
  sheet.provenance = take("provenance", true, [](std::string_view text) {
    return ParseChoice<Quality>("provenance", text,
                                {{"measured", Quality::kMeasured},
                                 {"modelled", Quality::kModelled},
                                 {"assumed", Quality::kAssumed}});
  });
  ReadPrices(document, reader, table, sheet);
  ReadRented(document, reader, table, sheet);
  return sheet;
}

// Numbers the sheet among its fellows of the same name, and refuses what cannot stand beside them.
void PlaceAmong(TomlReader& reader, const toml::table& table,
                const std::vector<PriceSheet>& earlier, PriceSheet& sheet) {
  const PriceSheet* before = nullptr;
  for (const PriceSheet& each : earlier) {
    if (each.name != sheet.name) continue;
    before = &each;
    if (each.valid_from == sheet.valid_from) {
      reader.Refuse(table, {ErrorCode::kInvalidInput,
                            Say("two versions of {} overlap: both begin at {}", sheet.name.Value(),
                                FormatUtc(sheet.valid_from)),
                            Say("only one price can be in force at an instant"),
                            Say("give each version a valid_from of its own")});
    }
  }
  if (before == nullptr) return;
  if (!table.contains("version")) sheet.version = before->version + 1;
  if (sheet.version <= before->version) {
    reader.Refuse(table, {ErrorCode::kInvalidInput,
                          Say("version {} of {} stands after version {}", sheet.version,
                              sheet.name.Value(), before->version),
                          Say("versions count 1, 2, 3 …"), ""});
  }
  if (sheet.currency != before->currency) {
    reader.Refuse(table, {ErrorCode::kInvalidInput,
                          Say("{} is in {} and in {}", sheet.name.Value(), before->currency.Code(),
                              sheet.currency.Code()),
                          Say("a sheet keeps its currency"),
                          Say("give the other currency a sheet of its own")});
  }
}

}  // namespace

Wide RatePer(Resource resource, MemoryBasis basis) {
  const bool is_per_epoch = resource == Resource::kMemory && basis == MemoryBasis::kPerEpoch;
  return is_per_epoch ? Info(Resource::kNetworkIn).units_per_priced
                      : Info(resource).units_per_priced;
}

Result<NanoMoney> ParseAmount(std::string_view what, std::string_view text) {
  const auto refuse = [&](std::string why, std::string hint = {}) {
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be '{}'", what, text.substr(0, 40)),
                std::move(why), std::move(hint));
  };
  if (text.find_first_of("nN") != std::string_view::npos) return refuse(Say("it is no number"));
  if (text.starts_with('-')) return refuse(Say("it is negative"));
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.find_first_of("eE") != std::string_view::npos) {
    return refuse(Say("it is written with an exponent"), Say("write all its digits, such as 0.05"));
  }
  auto amount = ParseDecimal(text);
  if (!amount) return refuse(amount.error().why, amount.error().hint);
  return amount;
}

Result<std::vector<PriceSheet>> ParseSheets(std::string_view toml, std::string_view file_name) {
  const auto document = TomlDocument::Parse(toml, file_name);
  if (!document) return tl::unexpected(document.error());
  TomlReader reader(*document);
  reader.CheckKeys(document->Root(), {"sheet"});
  std::vector<PriceSheet> sheets;
  for (const toml::table* const table : reader.Tables(document->Root(), "sheet")) {
    PriceSheet sheet = ReadSheet(*document, reader, *table);
    if (!reader.FirstError()) PlaceAmong(reader, *table, sheets, sheet);
    if (reader.FirstError()) break;
    sheets.push_back(std::move(sheet));
  }
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return sheets;
}

}  // namespace epochcost::tariff
