#include "estimate/nearest_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/nearest.h"
#include "base/text.h"

namespace epochcost::estimate {

std::string FoldedName(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == ' ') continue;
    folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return folded;
}

Error NameNotFound(std::string what, std::string_view name, const std::vector<KnownName>& known) {
  const std::string wanted = FoldedName(name);
  std::vector<std::string_view> folded;
  std::vector<std::string_view> shown;
  std::string list;
  for (const KnownName& each : known) {
    folded.push_back(each.folded);
    if (!shown.empty() && shown.back() == each.shown) continue;
    shown.emplace_back(each.shown);
    list += (list.empty() ? "" : ", ") + each.shown;
  }
  // The beginning of a name is more likely meant than another name two letters away.
  constexpr std::size_t kMostMeant = 6;
  std::vector<std::string_view> meant;
  for (const KnownName& each : known) {
    const bool begins = each.folded.starts_with(wanted) || wanted.starts_with(each.folded);
    if (wanted.size() < 2 || !begins || meant.size() == kMostMeant) continue;
    if (std::ranges::find(meant, each.shown) == meant.end()) meant.push_back(each.shown);
  }
  const auto nearest = std::ranges::find(folded, Nearest(wanted, folded));
  if (meant.empty() && nearest != folded.end()) {
    meant.push_back(known.at(static_cast<std::size_t>(nearest - folded.begin())).shown);
  }
  const std::string hint = meant.empty() ? "" : Say("did you mean: {}", fmt::join(meant, ", "));
  return {ErrorCode::kNotFound, std::move(what), Say("there are: {}", list), hint};
}

}  // namespace epochcost::estimate
