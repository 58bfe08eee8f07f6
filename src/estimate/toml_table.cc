#include "estimate/toml_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "base/nearest.h"
#include "base/text.h"

namespace epochcost::estimate {

Result<toml::table> ParseToml(std::string_view text, std::string_view file) try {
  return toml::parse(text, file);
} catch (const toml::parse_error& error) {  // the library throws; this room does not
  const auto& at = error.source().begin;
  return Fail(ErrorCode::kInvalidInput, Say("{}:{}:{}: not TOML", file, at.line, at.column),
              std::string(error.description()));
}

std::string QuotedToml(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  return quoted + '"';
}

void TableReader::Refuse(const toml::node& node, std::string what, std::string why,
                         std::string hint) {
  if (first_) return;
  const auto& at = node.source().begin;
  first_ =
      Error{ErrorCode::kInvalidInput, fmt::format("{}:{}:{}: {}", file_, at.line, at.column, what),
            std::move(why), std::move(hint)};
}

void TableReader::CheckKeys(const toml::table& table, std::span<const std::string_view> known) {
  for (const auto& [key, node] : table) {
    if (std::ranges::find(known, key.str()) != known.end()) continue;
    const std::string_view nearest = Nearest(key.str(), known);
    std::string list;
    for (const std::string_view each : known) {
      list += (list.empty() ? "" : ", ") + std::string(each);
    }
    Refuse(node, Say("unknown key '{}'", key.str().substr(0, 60)), Say("here can stand: {}", list),
           nearest.empty() ? "" : Say("did you mean: {}", nearest));
  }
}

std::vector<const toml::table*> TableReader::Tables(const toml::table& table,
                                                    std::string_view key) {
  std::vector<const toml::table*> tables;
  const toml::node* const node = table.get(key);
  if (node == nullptr) return tables;
  if (const toml::array* const array = node->as_array()) {
    for (const toml::node& each : *array) {
      if (each.is_table()) {
        tables.push_back(each.as_table());
      } else {
        Refuse(each, Say("{} is not a list of tables", key));
      }
    }
    return tables;
  }
  Refuse(*node, Say("{} is not a list of tables", key));
  return tables;
}

std::string TableReader::Text(const toml::table& table, std::string_view key) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) {
    Refuse(table, Say("no {} is given", key), Say("it must be said"));
    return {};
  }
  return TextOr(table, key, "");
}

std::string TableReader::TextOr(const toml::table& table, std::string_view key,
                                std::string_view otherwise) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return std::string(otherwise);
  if (const auto* const text = node->as_string()) {
    if (text->get().empty()) Refuse(*node, Say("{} is empty", key), Say("it must be said"));
    return text->get();
  }
  if (const auto* const date = node->as_date()) {
    std::ostringstream written;
    written << date->get();
    return written.str();
  }
  Refuse(*node, Say("{} is no text", key));
  return {};
}

std::vector<std::string> TableReader::Texts(const toml::table& table, std::string_view key) {
  std::vector<std::string> texts;
  const toml::node* const node = table.get(key);
  if (node == nullptr) return texts;
  const toml::array* const array = node->as_array();
  if (array == nullptr) {
    Refuse(*node, Say("{} is not a list of texts", key));
    return texts;
  }
  for (const toml::node& each : *array) {
    if (const auto* const text = each.as_string()) {
      texts.push_back(text->get());
    } else {
      Refuse(each, Say("{} is not a list of texts", key));
    }
  }
  return texts;
}

std::vector<std::int64_t> TableReader::Wholes(const toml::table& table, std::string_view key) {
  std::vector<std::int64_t> wholes;
  const toml::node* const node = table.get(key);
  const toml::array* const array = node != nullptr ? node->as_array() : nullptr;
  if (array == nullptr) {
    Refuse(table, Say("{} is not a list of whole numbers", key));
    return wholes;
  }
  for (const toml::node& each : *array) {
    const auto* const whole = each.as_integer();
    if (whole != nullptr && whole->get() >= 0) {
      wholes.push_back(whole->get());
    } else {
      Refuse(each, Say("{} is not a list of whole numbers", key));
    }
  }
  return wholes;
}

std::optional<std::int64_t> TableReader::MaybeScaled(const toml::table& table, std::string_view key,
                                                     double unit) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const std::optional<double> value = node->value<double>();
  const double scaled = value.value_or(0) * unit;
  if (!node->is_number() || !(scaled >= 1) || scaled > 9e18) {
    Refuse(*node, Say("{} is not a number above 0", key));
    return std::nullopt;
  }
  return std::llround(scaled);
}

std::int64_t TableReader::Scaled(const toml::table& table, std::string_view key, double unit) {
  if (!table.contains(key)) Refuse(table, Say("no {} is given", key), Say("it must be said"));
  return MaybeScaled(table, key, unit).value_or(0);
}

std::int64_t TableReader::WholeOr(const toml::table& table, std::string_view key,
                                  std::int64_t otherwise) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return otherwise;
  const auto* const whole = node->as_integer();
  if (whole == nullptr || whole->get() < 0) {
    Refuse(*node, Say("{} is no whole number from 0 up", key));
    return otherwise;
  }
  return whole->get();
}

bool TableReader::FlagOr(const toml::table& table, std::string_view key, bool otherwise) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return otherwise;
  const auto* const flag = node->as_boolean();
  if (flag == nullptr) Refuse(*node, Say("{} is neither true nor false", key));
  return flag != nullptr ? flag->get() : otherwise;
}

}  // namespace epochcost::estimate
