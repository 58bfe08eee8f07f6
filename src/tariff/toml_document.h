#pragma once
// A TOML file as this room reads it: a number is the text that stands in the file, so that no
// binary fraction ever holds money, and an error says in which line.
//
// Private to the room: it is the only place that sees the TOML library.

#include <toml++/toml.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace epochcost::tariff {

class TomlDocument {
 public:
  // `text` and `file` are copied. Errors: kInvalidInput (malformed, with line and column),
  // kOverflow where the file is larger than any price sheet.
  static Result<TomlDocument> Parse(std::string_view text, std::string_view file);

  [[nodiscard]] const toml::table& Root() const { return root_; }
  [[nodiscard]] const std::string& File() const { return file_; }

  // "prices.toml:12:3" for an error's first words.
  [[nodiscard]] std::string Place(const toml::node& node) const;
  // What stands in the file for `node`, on its first line: "0.05", "2026-11-20".
  [[nodiscard]] std::string Literal(const toml::node& node) const;
  // The text of a string, or the literal of a number, date or time: what a person wrote. Nothing
  // for tables, arrays and booleans.
  [[nodiscard]] std::optional<std::string> Written(const toml::node& node) const;

 private:
  TomlDocument() = default;

  std::string text_;
  std::string file_;
  toml::table root_;
};

// Takes values out of a document. The first error stops nothing and is kept: later calls return
// defaults, and whoever reads asks once, at the end.
class TomlReader {
 public:
  explicit TomlReader(const TomlDocument& document) : document_(document) {}

  // Empty where there is none, which is an error unless `is_optional`.
  std::string Text(const toml::table& table, std::string_view key, bool is_optional = false);
  // The nodes of an array of tables. Missing or empty is an error, and so is another type.
  std::vector<const toml::table*> Tables(const toml::table& table, std::string_view key);
  // Nothing where there is none. Another type than a table is an error.
  const toml::table* Table(const toml::table& table, std::string_view key);
  // Refuses every key that is not in `known`.
  void CheckKeys(const toml::table& table, std::initializer_list<std::string_view> known);

  // Keeps the error, with the place before its words, unless there is an earlier one.
  void Refuse(const toml::node& node, Error error);
  // Takes the value, or keeps the error as Refuse does.
  template <class T>
  T Take(const toml::node& node, Result<T> result) {
    if (result) return *std::move(result);
    Refuse(node, std::move(result.error()));
    return T{};
  }

  [[nodiscard]] const std::optional<Error>& FirstError() const { return first_; }

 private:
  const TomlDocument& document_;
  std::optional<Error> first_;
};

}  // namespace epochcost::tariff
