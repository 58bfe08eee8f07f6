#pragma once
// How a terminal is written to: colours only where asked for, plain ASCII where the terminal can do
// no more. Widths are in cells, so that Chinese columns stand straight.

#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"
#include "base/time.h"
#include "model/vocabulary.h"

namespace epochcost::api {

struct Style {
  bool colour = false;
  bool ascii = false;  // no ambiguous-width signs, no currency symbols
  int width = 100;     // cells of the terminal
};

enum class Ink { kStrong, kFaint, kGood, kBad, kWarning };

class Pen {
 public:
  explicit Pen(Style style) : style_(style) {}

  // Pad before painting: colour codes take no cells but are counted by nobody else.
  [[nodiscard]] std::string Paint(Ink ink, std::string_view text) const;
  [[nodiscard]] std::string Amount(const Money& money) const;  // "¥0.12", "CNY 0.12" in ASCII
  // A price: exact, with two decimals at least ("¥0.20", "¥0.0375").
  [[nodiscard]] std::string Price(const Money& money) const;
  [[nodiscard]] std::string Duration(Nanos duration) const;
  [[nodiscard]] std::string Name(std::string_view text, int cells) const;
  [[nodiscard]] std::string_view Dot(Quality quality) const;
  [[nodiscard]] std::string Unit(std::string_view unit) const;  // "GB·h", "GB h" in ASCII
  [[nodiscard]] std::string_view Absent() const { return style_.ascii ? "-" : "–"; }
  [[nodiscard]] std::string_view Between() const { return style_.ascii ? " | " : " · "; }
  [[nodiscard]] std::string_view Ellipsis() const { return style_.ascii ? "..." : "…"; }
  [[nodiscard]] std::string_view Times() const { return style_.ascii ? "x" : "×"; }
  // Branches of a tree: the last one closes it.
  [[nodiscard]] std::string_view Branch(bool last) const;
  // A bar of `cells`, filled for part/whole; at least one cell where part > 0.
  [[nodiscard]] std::string Bar(Wide part, Wide whole, int cells) const;
  [[nodiscard]] std::string Rule(int cells) const;
  [[nodiscard]] const Style& GetStyle() const { return style_; }

 private:
  Style style_;
};

// "12.3 %" of part in whole; "–" or "-" is the caller's where whole is 0.
[[nodiscard]] std::string Percent(Wide part, Wide whole);

// "GPU", "CPU", "memory", "network" in the current language.
[[nodiscard]] std::string_view Label(Term term);
[[nodiscard]] std::string_view Label(Resource resource);
// "epoch 3", "evaluation 3", "setup"; people count from one.
[[nodiscard]] std::string Label(const Scope& scope);
[[nodiscard]] std::string_view Label(ScopeKind kind);  // of any of its scopes: "evaluation"
// "hour", "GB·hour", "GB", "GB per epoch" in the current language.
[[nodiscard]] std::string_view UnitLabel(std::string_view unit);

}  // namespace epochcost::api
