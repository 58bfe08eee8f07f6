#pragma once
// Typed values out of a catalog file. Private to the room: it is the only place that sees the TOML
// library.

#include <toml++/toml.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace epochcost::estimate {

// Error kInvalidInput with line and column.
[[nodiscard]] Result<toml::table> ParseToml(std::string_view text, std::string_view file);

// As a TOML string: "…", with what must be escaped escaped.
[[nodiscard]] std::string QuotedToml(std::string_view text);

// Takes values out of a table. The first error stops nothing and is kept: later calls return
// defaults, and whoever reads asks once, at the end.
class TableReader {
 public:
  explicit TableReader(std::string_view file) : file_(file) {}

  void CheckKeys(const toml::table& table, std::span<const std::string_view> known);
  void CheckKeys(const toml::table& table, std::initializer_list<std::string_view> known) {
    CheckKeys(table, std::span<const std::string_view>(known.begin(), known.size()));
  }
  // The tables of [[key]]; none where there is no such key.
  std::vector<const toml::table*> Tables(const toml::table& table, std::string_view key);
  std::string Text(const toml::table& table, std::string_view key);  // dates too
  std::string TextOr(const toml::table& table, std::string_view key, std::string_view otherwise);
  std::vector<std::string> Texts(const toml::table& table, std::string_view key);  // may be absent
  std::vector<std::int64_t> Wholes(const toml::table& table, std::string_view key);  // from 0 up
  // A number above 0, times `unit`, to the nearest whole.
  std::int64_t Scaled(const toml::table& table, std::string_view key, double unit);
  std::optional<std::int64_t> MaybeScaled(const toml::table& table, std::string_view key,
                                          double unit);
  std::int64_t WholeOr(const toml::table& table, std::string_view key, std::int64_t otherwise);
  bool FlagOr(const toml::table& table, std::string_view key, bool otherwise);

  void Refuse(const toml::node& node, std::string what, std::string why = {},
              std::string hint = {});
  [[nodiscard]] const std::optional<Error>& FirstError() const { return first_; }

 private:
  std::string file_;
  std::optional<Error> first_;
};

}  // namespace epochcost::estimate
