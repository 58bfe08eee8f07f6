// Back-tests: how experience comes about.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "forecast/backtest/trial.h"
#include "forecast/blend/blend.h"
#include "forecast/blend/experience.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr std::array kOrigins = {0.01, 0.05, 0.10, 0.25, 0.37, 0.50, 0.75, 0.90};
// Runs of one system are nearly the same run: more of them teach little and take long.
constexpr std::size_t kUnknownSystems = 4;
constexpr std::size_t kRunsOfOneSystem = 2;
// A class counts the scores of workloads that nobody had ever trained as those of so many owners
// more: what few owners' runs have in common is no sample of what another's will do.
constexpr double kOtherOwners = 2;
constexpr std::size_t kEnoughOwners = 10;
// Of workloads that nobody had ever trained, a workload is a sample, whoever ran it: fewer in a
// class than these, and it says how one of them goes.
constexpr std::size_t kEnoughWorkloads = 4;

std::string SystemOf(const CompletedRun& run) { return run.owner + '\t' + run.system; }

// The runs to ask about, each with its earlier ones and its weight: the runs of one system weigh 1
// together.
struct Chosen {
  const CompletedRun* run;
  std::vector<const CompletedRun*> earlier;
  double weight = 1;
  bool asks_as_unknown = false;  // of each fourth system, one run: these questions take long
};

std::vector<Chosen> Choose(std::span<const CompletedRun> runs) {
  const auto earlier = EarlierOfEach(runs);
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> count;
  std::vector<Chosen> chosen;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const CompletedRun& run = runs[i];
    if (run.units.size() < 2) continue;
    if (++count[{SystemOf(run), run.workload, run.unit}] > kRunsOfOneSystem) continue;
    chosen.push_back({&run, earlier[i], 1});
  }
  std::size_t systems = 0;
  for (Chosen& one : chosen) {
    const std::size_t all = count[{SystemOf(*one.run), one.run->workload, one.run->unit}];
    one.asks_as_unknown = !one.earlier.empty() && ++systems % kUnknownSystems == 0;
    one.weight = 1 / static_cast<double>(std::min(all, kRunsOfOneSystem));
  }
  return chosen;
}

// As if nobody had ever trained this: what an unknown workload will meet.
void MakeUnknown(Known& known) {
  known.workload_apart = known.workload;
  known.workload = std::string(kUnknownWorkload);
}

template <class Each>
void ForEachQuestion(std::span<const Chosen> chosen, std::span<const Profile> profiles,
                     const Each& each) {
  for (const Chosen& one : chosen) {
    std::set<std::size_t> origins;
    for (const double share : kOrigins) {
      const std::size_t done = UnitsAt(*one.run, share);
      if (done < one.run->units.size()) origins.insert(done);
    }
    for (const std::size_t done : origins) {
      const Trial cold(*one.run, done, {});
      Known known = cold.Asked();
      each(one, cold, known, ClassOf(known, profiles));
      if (one.asks_as_unknown) {
        MakeUnknown(known);
        each(one, cold, known, ClassOf(known, profiles));
      }
      if (one.earlier.empty()) continue;
      const Trial warm(*one.run, done, one.earlier);
      known = warm.Asked();
      each(one, warm, known, ClassOf(known, profiles));
      if (one.asks_as_unknown) {
        MakeUnknown(known);
        each(one, warm, known, ClassOf(known, profiles));
      }
    }
  }
}

// Every class that an answer counts for, from fine to coarse.
std::vector<Class> Coarser(const Class& of) {
  return {of,
          {.has_earlier = of.has_earlier, .workload = of.workload, .seen = of.seen},
          {.has_earlier = of.has_earlier, .workload = of.workload, .progress = of.progress},
          {.has_earlier = of.has_earlier, .workload = of.workload},
          {.has_earlier = of.has_earlier, .seen = of.seen, .progress = of.progress},
          {.has_earlier = of.has_earlier, .seen = of.seen},
          {.has_earlier = of.has_earlier, .progress = of.progress},
          {.has_earlier = of.has_earlier}};
}

struct Weighted {
  double value = 0;  // of `error`, in scales
  double weight = 0;
  double error = 0;
};

// A mean over questions, and whose runs they were about.
struct Sum {
  double value = 0;
  double weight = 0;
  std::set<std::string_view> owners;
};

// The conformal quantile: with n owners, a level is moved outwards by what one more owner could
// move it.
double ConformalQuantile(std::vector<Weighted>& scores, double Weighted::* of, double level,
                         double owners) {
  std::ranges::sort(scores, {}, of);
  double whole = 0;
  for (const Weighted& score : scores) whole += score.weight;
  const double outwards =
      level < 0.5 ? level * owners / (owners + 1) : 1 - (1 - level) * owners / (owners + 1);
  const double wanted = (level == 0.5 ? 0.5 : outwards) * whole;
  double passed = 0;
  for (const Weighted& score : scores) {
    passed += score.weight;
    if (passed >= wanted) return score.*of;
  }
  return scores.back().*of;
}

using Sums = std::map<Class, std::map<std::string, Sum, std::less<>>>;

void Count(const Class& of, const std::string& name, double error, const Chosen& one, Sums& sums) {
  for (const Class& wider : Coarser(of)) {
    Sum& sum = sums[wider][name];
    sum.value += one.weight * error;
    sum.weight += one.weight;
    sum.owners.insert(one.run->owner);
  }
}

void Keep(const Sums& sums, Experience& experience) {
  for (const auto& [of, by_member] : sums) {
    for (const auto& [name, sum] : by_member)
      experience.errors[of][name] = {.error = sum.value / sum.weight,
                                     .owners = static_cast<double>(sum.owners.size())};
  }
}

void LearnErrors(std::span<const Chosen> chosen, const Members& members, Experience& experience) {
  Sums sums;
  ForEachQuestion(chosen, experience.profiles,
                  [&](const Chosen& one, const Trial& trial, const Known& known, const Class& of) {
                    for (const auto& member : members) {
                      const auto rest = member->Forecast(known);
                      if (!rest) continue;
                      const double error = std::abs(rest->cost - trial.Rest()) / trial.Total();
                      Count(of, std::string(member->Name()), error, one, sums);
                    }
                  });
  Keep(sums, experience);
}

// The scores of a class, and whose runs they are of.
struct Sample {
  std::vector<Weighted> scores;
  std::set<std::string_view> owners;
  std::set<std::string_view> workloads;
};

// Whether a class says something of its kind, and not only of the workload that it was seen of.
bool IsBroad(const Class& of, const Sample& sample) {
  return of.workload != kUnknownWorkload || sample.workloads.size() >= kEnoughWorkloads;
}

std::vector<Weighted> Together(const Sample& own, const std::vector<Weighted>* others) {
  const auto scaled = [](const std::vector<Weighted>& scores, double whole) {
    double sum = 0;
    for (const Weighted& score : scores) sum += score.weight;
    std::vector<Weighted> out = scores;
    for (Weighted& score : out) score.weight *= whole / sum;
    return out;
  };
  std::vector<Weighted> all = scaled(own.scores, static_cast<double>(own.owners.size()));
  if (others == nullptr) return all;
  // How large the errors of others are says something about this workload; their sign does not.
  for (const Weighted& score : scaled(*others, kOtherOwners)) {
    all.push_back({score.value, score.weight / 2, score.error});
    all.push_back({-score.value, score.weight / 2, -score.error});
  }
  return all;
}

// The scores of workloads that nobody had ever trained, of the finest class that has enough owners
// to say how far the rare ones go; null where there is none.
const std::vector<Weighted>* OthersOf(const std::map<Class, Sample>& samples, const Class& of) {
  if (of.workload == kAnyWorkload || of.workload == kUnknownWorkload) return nullptr;
  const std::vector<Weighted>* widest = nullptr;
  for (const auto& [seen, progress] :
       {std::pair{of.seen, of.progress}, std::pair{of.seen, kAny}, std::pair{kAny, kAny}}) {
    const auto found = samples.find({.has_earlier = of.has_earlier,
                                     .workload = std::string(kUnknownWorkload),
                                     .seen = seen,
                                     .progress = progress});
    if (found == samples.end() || !IsBroad(found->first, found->second)) continue;
    widest = &found->second.scores;
    if (found->second.owners.size() >= kEnoughOwners) break;
  }
  return widest;
}

void LearnScores(std::span<const Chosen> chosen, const Members& members, Experience& experience) {
  std::map<Class, Sample> samples;
  ForEachQuestion(chosen, experience.profiles,
                  [&](const Chosen& one, const Trial& trial, const Known& known, const Class& of) {
                    const auto blend = BlendOf(known, experience, members);
                    if (!blend) return;
                    const double error = std::log(trial.Rest() / blend->cost);
                    for (const Class& wider : Coarser(of)) {
                      Sample& sample = samples[wider];
                      sample.scores.push_back({error / blend->scale, one.weight, error});
                      sample.owners.insert(one.run->owner);
                      sample.workloads.insert(one.run->workload);
                    }
                  });
  for (const auto& [of, sample] : samples) {
    if (!IsBroad(of, sample)) continue;
    std::vector<Weighted> scores = Together(sample, OthersOf(samples, of));
    Scores& kept = experience.scores[of];
    kept.owners = static_cast<double>(sample.owners.size());
    for (std::size_t i = 0; i < kLevels.size(); ++i)
      kept.quantiles[i] = ConformalQuantile(scores, &Weighted::value, kLevels[i], kept.owners);
    const auto error_at = [&](double level) {
      return ConformalQuantile(scores, &Weighted::error, level, kept.owners);
    };
    kept.farthest = {error_at(0), std::min(0.0, error_at(kLevels.front())), 0,
                     std::max(0.0, error_at(kLevels.back())), error_at(1)};
    kept.farthest.front() = std::min(kept.farthest.front(), kept.farthest[1]);
    kept.farthest.back() = std::max(kept.farthest.back(), kept.farthest[3]);
  }
}

}  // namespace

Experience Learn(std::span<const CompletedRun> runs, const Members& more) {
  Experience experience{.profiles = Condense(runs)};
  const std::vector<Chosen> chosen = Choose(runs);
  Members members = OwnMembers(experience.profiles);
  members.insert(members.end(), more.begin(), more.end());
  LearnErrors(chosen, members, experience);
  LearnScores(chosen, members, experience);
  return experience;
}

}  // namespace epochcost::forecast
