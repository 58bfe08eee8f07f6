#include "forecast/blend/experience.h"

#include <algorithm>
#include <iterator>

#include "forecast/experience/alike.h"
#include "forecast/experience/earlier.h"
#include "forecast/naive/cycle.h"
#include "forecast/naive/robust_cycle.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr std::array<std::size_t, 8> kSeenUpTo = {0, 1, 2, 3, 5, 8, 16, 64};
constexpr std::array<std::string_view, 9> kSeenTexts = {"0",   "1",    "2",     "3",      "4–5",
                                                        "6–8", "9–16", "17–64", "over 64"};
constexpr std::array kProgressBelow = {0.15, 0.35, 0.60};
constexpr std::array<std::string_view, 4> kProgressTexts = {"0–15 %", "15–35 %", "35–60 %",
                                                            "60–100 %"};

}  // namespace

Members OwnMembers(std::span<const Profile> profiles) {
  return {std::make_shared<EarlierRuns>("earlier runs, scaled", 16),
          std::make_shared<EarlierRuns>("earlier runs", 64),
          std::make_shared<Alike>(profiles),
          std::make_shared<RobustCycle>(),
          std::make_shared<MedianCycle>(),
          std::make_shared<LastUnit>()};
}

int SeenBin(std::size_t units) {
  return static_cast<int>(
      std::distance(kSeenUpTo.begin(), std::ranges::lower_bound(kSeenUpTo, units)));
}

int ProgressBin(double share) {
  return static_cast<int>(
      std::distance(kProgressBelow.begin(), std::ranges::upper_bound(kProgressBelow, share)));
}

std::string_view SeenText(int bin) { return kSeenTexts.at(static_cast<std::size_t>(bin)); }

std::string_view ProgressText(int bin) { return kProgressTexts.at(static_cast<std::size_t>(bin)); }

std::optional<Class> NextCoarser(const Class& of) {
  Class coarser = of;
  if (of.workload != kAnyWorkload) {
    if (of.workload == kUnknownWorkload && of.progress != kAny) {
      coarser.progress = kAny;  // how many units were seen says more of what nobody ever trained
    } else if (of.seen != kAny) {
      coarser.seen = kAny;
    } else {
      coarser.workload = std::string(kAnyWorkload);
      coarser.progress = kAny;
    }
    return coarser;
  }
  if (of.progress != kAny) {
    coarser.progress = kAny;
  } else if (of.seen != kAny) {
    coarser.seen = kAny;
  } else {
    return std::nullopt;
  }
  return coarser;
}

Class ClassOf(const Known& known, std::span<const Profile> profiles) {
  const double done = WorkOf(known.finished);
  const bool is_known = std::any_of(profiles.begin(), profiles.end(), [&](const Profile& profile) {
    return profile.workload == known.workload;
  });
  return {.has_earlier = !known.earlier.empty(),
          .workload = is_known ? known.workload : std::string(kUnknownWorkload),
          .seen = SeenBin(known.finished.size()),
          .progress = ProgressBin(done / (done + WorkOf(known.ahead)))};
}

}  // namespace epochcost::forecast
