#include "tariff/presets.h"

#include <algorithm>
#include <cassert>
#include <charconv>

#include "base/nearest.h"
#include "base/text.h"
#include "tariff/embedded.h"
#include "tariff/sheet_file.h"
#include "tariff/toml_document.h"

namespace epochcost::tariff {
namespace {

Result<std::int64_t> ParseCount(std::string_view key, std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc{} && end == text.data() + text.size() && count >= 1) return count;
  return Fail(ErrorCode::kInvalidInput, Say("{} cannot be '{}'", key, text.substr(0, 40)),
              Say("it is a whole number from 1 up"));
}

std::int64_t ReadDecimal(TomlReader& reader, const toml::table& table, std::string_view key) {
  const std::string text = reader.Text(table, key);
  if (reader.FirstError()) return 0;
  return reader.Take(*table.get(key), ParseAmount(key, text)).Count();
}

std::int64_t ReadCount(TomlReader& reader, const toml::table& table, std::string_view key) {
  const std::string text = reader.Text(table, key);
  if (reader.FirstError()) return 0;
  return reader.Take(*table.get(key), ParseCount(key, text));
}

Preset ReadHead(TomlReader& reader, const toml::table& table) {
  Preset preset;
  preset.name = reader.Text(table, "name");
  preset.title = reader.Text(table, "title");
  preset.source = reader.Text(table, "source");
  preset.date = reader.Text(table, "date");
  const std::string currency = reader.Text(table, "currency");
  if (!reader.FirstError()) preset.currency = reader.Take(table, Currency::Parse(currency));
  return preset;
}

Preset ReadExample(TomlReader& reader, const toml::table& table) {
  reader.CheckKeys(table, {"name", "title", "source", "date", "currency", "c_gpu", "t_gpu", "c_cpu",
                           "t_cpu", "c_mem", "m_avg", "c_net", "d_transfer", "replicas", "epochs"});
  Preset preset = ReadHead(reader, table);
  preset.inputs = PresetInputs{
      .c_gpu = ReadDecimal(reader, table, "c_gpu"),
      .t_gpu = ReadDecimal(reader, table, "t_gpu"),
      .c_cpu = ReadDecimal(reader, table, "c_cpu"),
      .t_cpu = ReadDecimal(reader, table, "t_cpu"),
      .c_mem = ReadDecimal(reader, table, "c_mem"),
      .m_avg = ReadDecimal(reader, table, "m_avg"),
      .c_net = ReadDecimal(reader, table, "c_net"),
      .d_transfer = ReadDecimal(reader, table, "d_transfer"),
      .replicas = ReadCount(reader, table, "replicas"),
      .epochs = ReadCount(reader, table, "epochs"),
  };
  return preset;
}

Preset ReadReference(TomlReader& reader, const toml::table& table) {
  reader.CheckKeys(table, {"name", "title", "source", "date", "currency", "parameters", "hardware",
                           "low", "high"});
  Preset preset = ReadHead(reader, table);
  preset.parameters = reader.Text(table, "parameters");
  preset.hardware = reader.Text(table, "hardware");
  preset.range = PublishedRange{NanoMoney{ReadDecimal(reader, table, "low")},
                                NanoMoney{ReadDecimal(reader, table, "high")}};
  return preset;
}

}  // namespace

Result<std::vector<Preset>> ParsePresets(std::string_view toml, std::string_view file_name) {
  const auto document = TomlDocument::Parse(toml, file_name);
  if (!document) return tl::unexpected(document.error());
  TomlReader reader(*document);
  reader.CheckKeys(document->Root(), {"example", "reference"});
  std::vector<Preset> presets;
  for (const toml::table* const table : reader.Tables(document->Root(), "example")) {
    presets.push_back(ReadExample(reader, *table));
  }
  for (const toml::table* const table : reader.Tables(document->Root(), "reference")) {
    presets.push_back(ReadReference(reader, *table));
  }
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return presets;
}

const std::vector<Preset>& Presets() {
  static const std::vector<Preset> kPresets = [] {
    auto parsed = ParsePresets(embedded::kPresetsToml, "presets.toml");
    assert(parsed);  // part of the program, and a test parses it
    return *std::move(parsed);
  }();
  return kPresets;
}

Result<Preset> FindPreset(std::string_view name) {
  const auto found = std::ranges::find(Presets(), name, &Preset::name);
  if (found != Presets().end()) return *found;
  std::vector<std::string_view> names;
  std::string list;
  for (const Preset& preset : Presets()) {
    names.push_back(preset.name);
    list += (list.empty() ? "" : ", ") + preset.name;
  }
  // The beginning of a name is more likely meant than another name two letters away.
  const auto begun = std::ranges::find_if(
      names, [&](std::string_view each) { return name.size() > 2 && each.starts_with(name); });
  const std::string_view nearest = begun != names.end() ? *begun : Nearest(name, names);
  return Fail(ErrorCode::kNotFound, Say("no preset is called '{}'", name.substr(0, 60)),
              Say("there are: {}", list), nearest.empty() ? "" : Say("did you mean: {}", nearest));
}

}  // namespace epochcost::tariff
