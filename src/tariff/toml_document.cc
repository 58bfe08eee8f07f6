#include "tariff/toml_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest.h"
#include "base/text.h"

namespace epochcost::tariff {
namespace {

constexpr std::size_t kMostBytes = 4'000'000;
constexpr std::size_t kShown = 60;  // bytes of a foreign word in an error

// The byte at which the `column`th character (from 1) of `line` begins.
std::size_t ByteOfColumn(std::string_view line, std::size_t column) {
  std::size_t at = 0;
  for (std::size_t character = 1; character < column && at < line.size(); ++character) {
    ++at;
    while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80) ++at;
  }
  return at;
}

std::string_view LineOf(std::string_view text, std::size_t number) {
  for (std::size_t line = 1; line < number; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::string Place(std::string_view file, const toml::source_position& at) {
  return fmt::format("{}:{}:{}", file, at.line, at.column);
}

std::string JoinKeys(std::initializer_list<std::string_view> keys) {
  std::string text;
  for (const std::string_view key : keys) text += (text.empty() ? "" : ", ") + std::string(key);
  return text;
}

}  // namespace

Result<TomlDocument> TomlDocument::Parse(std::string_view text, std::string_view file) try {
  if (text.size() > kMostBytes) {
    return Fail(ErrorCode::kOverflow, Say("{} is too large: {} bytes", file, text.size()),
                Say("a price sheet has at most {} bytes", kMostBytes));
  }
  TomlDocument document;
  document.text_ = text;
  document.file_ = file;
  document.root_ = toml::parse(std::string_view(document.text_), std::string_view(document.file_));
  return document;
} catch (const toml::parse_error& error) {  // the library throws; this room does not
  return Fail(ErrorCode::kInvalidInput,
              Say("{}: not TOML", tariff::Place(file, error.source().begin)),
              std::string(error.description()), Say("docs/prices.md shows a price sheet"));
}

std::string TomlDocument::Place(const toml::node& node) const {
  if (!node.source().begin) return file_;
  return tariff::Place(file_, node.source().begin);
}

std::string TomlDocument::Literal(const toml::node& node) const {
  const toml::source_region& region = node.source();
  const std::string_view line = LineOf(text_, region.begin.line);
  const std::size_t begin = ByteOfColumn(line, region.begin.column);
  const std::size_t end =
      region.end.line == region.begin.line ? ByteOfColumn(line, region.end.column) : line.size();
  return std::string(line.substr(begin, end - begin));
}

std::optional<std::string> TomlDocument::Written(const toml::node& node) const {
  if (const auto* const text = node.as_string()) return text->get();
  const bool is_plain = node.is_number() || node.is_date() || node.is_time() || node.is_date_time();
  if (!is_plain) return std::nullopt;
  return Literal(node);
}

std::string TomlReader::Text(const toml::table& table, std::string_view key, bool is_optional) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) {
    if (is_optional) return {};
    Refuse(table, {ErrorCode::kInvalidInput, Say("no {} is given", key), Say("it must be said"),
                   Say("docs/prices.md shows a price sheet")});
    return {};
  }
  std::optional<std::string> written = document_.Written(*node);
  if (!written) {
    Refuse(*node, {ErrorCode::kInvalidInput, Say("{} is no text and no number", key), "", ""});
    return {};
  }
  if (written->empty() && !is_optional) {
    Refuse(*node, {ErrorCode::kInvalidInput, Say("{} is empty", key), Say("it must be said"), ""});
  }
  return *std::move(written);
}

std::vector<const toml::table*> TomlReader::Tables(const toml::table& table, std::string_view key) {
  std::vector<const toml::table*> tables;
  const toml::node* const node = table.get(key);
  if (node == nullptr) {
    Refuse(table, {ErrorCode::kInvalidInput, Say("there is no [[{}]]", key),
                   Say("the file says nothing"), Say("docs/prices.md shows a price sheet")});
    return tables;
  }
  const toml::array* const array = node->as_array();
  if (array != nullptr) {
    for (const toml::node& each : *array) {
      if (each.is_table()) tables.push_back(each.as_table());
    }
  }
  if (array == nullptr || array->empty() || tables.size() != array->size()) {
    Refuse(*node, {ErrorCode::kInvalidInput, Say("{} is not a list of tables", key), "",
                   Say("begin each with [[{}]], in double brackets", key)});
  }
  return tables;
}

const toml::table* TomlReader::Table(const toml::table& table, std::string_view key) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) {
    Refuse(*node, {ErrorCode::kInvalidInput, Say("{} is not a table", key), "",
                   Say("write it as [sheet.{}]", key)});
  }
  return node->as_table();
}

void TomlReader::CheckKeys(const toml::table& table,
                           std::initializer_list<std::string_view> known) {
  for (const auto& [key, node] : table) {
    if (std::ranges::find(known, key.str()) != known.end()) continue;
    const std::string_view nearest = Nearest(key.str(), {known.begin(), known.size()});
    Refuse(node, {ErrorCode::kInvalidInput, Say("unknown key '{}'", key.str().substr(0, kShown)),
                  Say("here can stand: {}", JoinKeys(known)),
                  nearest.empty() ? "" : Say("did you mean: {}", nearest)});
  }
}

void TomlReader::Refuse(const toml::node& node, Error error) {
  if (first_) return;
  error.what = document_.Place(node) + ": " + error.what;
  first_ = std::move(error);
}

}  // namespace epochcost::tariff
