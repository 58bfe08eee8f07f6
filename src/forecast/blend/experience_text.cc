#include <charconv>
#include <cmath>

#include "base/text.h"
#include "forecast/blend/experience.h"

namespace epochcost::forecast {
namespace {

std::string ClassText(const Class& of) {
  return fmt::format("{}\t{}\t{}\t{}", of.has_earlier ? 1 : 0, of.workload, of.seen, of.progress);
}

std::vector<std::string_view> Split(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t end = line.find('\t');
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

template <class T>
bool ReadNumber(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool ReadClass(std::span<const std::string_view> fields, Class& of) {
  if (fields[0] != "0" && fields[0] != "1") return false;
  of.has_earlier = fields[0] == "1";
  of.workload = std::string(fields[1]);
  return ReadNumber(fields[2], of.seen) && ReadNumber(fields[3], of.progress);
}

bool ReadError(std::span<const std::string_view> fields, Experience& experience) {
  Class of;
  MemberError error;
  if (fields.size() != 8 || !ReadClass(fields.subspan(1), of) ||
      !ReadNumber(fields[6], error.error) || !ReadNumber(fields[7], error.owners) ||
      !(error.error >= 0) || !(error.owners >= 0))
    return false;
  experience.errors[of][std::string(fields[5])] = error;
  return true;
}

bool ReadScores(std::span<const std::string_view> fields, Experience& experience) {
  Class of;
  Scores scores;
  if (fields.size() != 6 + 2 * kLevels.size() || !ReadClass(fields.subspan(1), of) ||
      !ReadNumber(fields[5], scores.owners) || !(scores.owners >= 0))
    return false;
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (!ReadNumber(fields[6 + i], scores.quantiles[i]) || !std::isfinite(scores.quantiles[i]) ||
        (i > 0 && scores.quantiles[i] < scores.quantiles[i - 1]))
      return false;
    if (!ReadNumber(fields[6 + kLevels.size() + i], scores.farthest[i]) ||
        !std::isfinite(scores.farthest[i]) ||
        (i > 0 && scores.farthest[i] < scores.farthest[i - 1]))
      return false;
  }
  experience.scores[of] = scores;
  return true;
}

}  // namespace

std::string WriteErrors(const Experience& experience) {
  std::string text;
  for (const auto& [of, members] : experience.errors) {
    for (const auto& [name, error] : members)
      text += fmt::format("error\t{}\t{}\t{:.4g}\t{:.4g}\n", ClassText(of), name, error.error,
                          error.owners);
  }
  for (const auto& [of, scores] : experience.scores) {
    text += fmt::format("scores\t{}\t{:.4g}", ClassText(of), scores.owners);
    for (const double quantile : scores.quantiles) text += fmt::format("\t{:.4g}", quantile);
    for (const double error : scores.farthest) text += fmt::format("\t{:.4g}", error);
    text += '\n';
  }
  return text;
}

Result<void> ReadErrors(std::string_view text, Experience& experience) {
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string_view> fields = Split(line);
    const bool is_read = (fields[0] == "error" && ReadError(fields, experience)) ||
                         (fields[0] == "scores" && ReadScores(fields, experience));
    if (!is_read)
      return Fail(ErrorCode::kCorrupt, Say("line {} of the recorded errors is damaged", number),
                  Say("it is neither an error of a method nor scores of a class"));
  }
  return {};
}

}  // namespace epochcost::forecast
