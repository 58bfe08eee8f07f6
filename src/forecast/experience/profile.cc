#include "forecast/experience/profile.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include "base/text.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr double kRateDigits = 10'000;
constexpr std::size_t kFields = 6;
constexpr std::size_t kWindow = 20;
constexpr double kSameWork = 1.5;  // works that differ by more are counted differently

double MeanWork(const CompletedRun& run) {
  return WorkOf(run.units) / static_cast<double>(run.units.size());
}

void Derive(Profile& profile) {
  profile.until.resize(profile.rates.size());
  std::partial_sum(profile.rates.begin(), profile.rates.end(), profile.until.begin());
  profile.logs.clear();
  profile.present.clear();
  for (std::size_t i = 0; i < profile.rates.size(); ++i) {
    profile.logs.push_back(std::log(profile.rates[i]));
    profile.present.push_back(std::log(PresentRate(std::span(profile.rates).first(i + 1))));
  }
  profile.log_work = std::log(profile.work);
  profile.log_length = std::log(static_cast<double>(profile.rates.size()));
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool ReadPositive(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value) &&
         value > 0;
}

Result<Profile> ReadProfile(std::string_view line, std::size_t number) {
  const auto corrupt = [&] {
    return Fail(ErrorCode::kCorrupt, Say("line {} of the recorded profiles is damaged", number),
                Say("it should hold workload, owner, system, unit, work and at least two rates, "
                    "separated by tabs"));
  };
  const std::vector<std::string_view> fields = Split(line, '\t');
  if (fields.size() != kFields) return corrupt();
  Profile profile{.workload = std::string(fields[0]),
                  .owner = std::string(fields[1]),
                  .system = std::string(fields[2]),
                  .unit = std::string(fields[3])};
  if (!ReadPositive(fields[4], profile.work)) return corrupt();
  for (const std::string_view text : Split(fields[5], ' ')) {
    double rate = 0;
    if (!ReadPositive(text, rate)) return corrupt();
    profile.rates.push_back(profile.rates.empty() ? rate
                                                  : rate / kRateDigits * profile.rates.front());
  }
  if (profile.rates.size() < 2) return corrupt();
  Derive(profile);
  return profile;
}

}  // namespace

double PresentRate(std::span<const double> rates) {
  if (rates.size() == 1) return rates.front();
  const std::span<const double> later = rates.subspan(1);
  const std::span<const double> last = later.last(std::min(later.size(), kWindow));
  std::array<double, kWindow> window{};
  std::copy(last.begin(), last.end(), window.begin());
  const auto end = window.begin() + static_cast<std::ptrdiff_t>(last.size());
  const auto middle = window.begin() + static_cast<std::ptrdiff_t>(last.size() / 2);
  std::nth_element(window.begin(), middle, end);
  if (last.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(window.begin(), middle)) / 2;
}

Profile MedianOf(std::span<const CompletedRun* const> runs) {
  const CompletedRun& first = *runs.front();
  Profile profile{
      .workload = first.workload, .owner = first.owner, .system = first.system, .unit = first.unit};
  std::vector<double> lengths;
  std::vector<double> scales;
  profile.work = MeanWork(first);
  for (const CompletedRun* run : runs) {
    lengths.push_back(static_cast<double>(run->units.size()));
    const double ratio = MeanWork(*run) / profile.work;
    scales.push_back(ratio < kSameWork && ratio > 1 / kSameWork ? 1 : ratio);
  }
  const auto units = static_cast<std::size_t>(Median(lengths));
  for (std::size_t i = 0; i < units; ++i) {
    std::vector<double> rates;
    for (std::size_t j = 0; j < runs.size(); ++j) {
      const std::vector<Unit>& seen = runs[j]->units;
      if (i < seen.size()) rates.push_back(seen[i].cost / seen[i].work * scales[j]);
    }
    profile.rates.push_back(Median(std::move(rates)));
  }
  Derive(profile);
  return profile;
}

std::vector<Profile> Condense(std::span<const CompletedRun> runs) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;
  std::map<Key, std::size_t> places;
  std::vector<std::vector<const CompletedRun*>> groups;
  for (const CompletedRun& run : runs) {
    if (run.units.size() < 2) continue;
    const auto [place, is_new] =
        places.try_emplace(Key{run.workload, run.owner, run.system, run.unit}, groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(&run);
  }
  std::vector<Profile> profiles;
  profiles.reserve(groups.size());
  for (const auto& group : groups) profiles.push_back(MedianOf(group));
  return profiles;
}

std::string WriteProfiles(std::span<const Profile> profiles) {
  std::string text;
  for (const Profile& profile : profiles) {
    text += fmt::format("{}\t{}\t{}\t{}\t{:.6g}\t{:.6g}", profile.workload, profile.owner,
                        profile.system, profile.unit, profile.work, profile.rates.front());
    for (std::size_t i = 1; i < profile.rates.size(); ++i) {
      const double share = profile.rates[i] / profile.rates.front() * kRateDigits;
      text += fmt::format(" {}", std::max<std::int64_t>(1, std::llround(share)));
    }
    text += '\n';
  }
  return text;
}

Result<std::vector<Profile>> ReadProfiles(std::string_view text) {
  std::vector<Profile> profiles;
  std::size_t number = 0;
  for (const std::string_view line : Split(text, '\n')) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    auto profile = ReadProfile(line, number);
    if (!profile) return tl::unexpected<Error>(profile.error());
    profiles.push_back(*std::move(profile));
  }
  return profiles;
}

}  // namespace epochcost::forecast
