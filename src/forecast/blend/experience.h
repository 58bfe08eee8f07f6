#pragma once
// What completed runs have taught: what runs looked like, how wrong each method was on runs like
// this one, and how wrong the blend was.

#include <array>
#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "forecast/experience/profile.h"
#include "forecast/member.h"

namespace epochcost::forecast {

using Members = std::vector<std::shared_ptr<const Member>>;

// The methods that need no training of their own: those of naive/ and experience/. `profiles` is
// borrowed.
[[nodiscard]] Members OwnMembers(std::span<const Profile> profiles);

inline constexpr std::string_view kAnyWorkload = "*";
inline constexpr std::string_view kUnknownWorkload = "-";
inline constexpr int kAny = -1;

// A class of question. Errors are kept for classes, from the finest to the coarsest; "*" and −1
// stand for all of a kind.
struct Class {
  bool has_earlier = false;
  std::string workload{kAnyWorkload};
  int seen = kAny;      // finished units: SeenBin
  int progress = kAny;  // share of the planned work that is done: ProgressBin
  friend auto operator<=>(const Class&, const Class&) = default;
};
[[nodiscard]] int SeenBin(std::size_t units);      // 0, 1, 2, 3, 4–5, 6–8, 9–16, 17–64, more
[[nodiscard]] int ProgressBin(double share);       // below 15, 35, 60 %, above
[[nodiscard]] std::string_view SeenText(int bin);  // "4–5"
[[nodiscard]] std::string_view ProgressText(int bin);

// The classes that a class belongs to, one coarser than the other; nothing behind the coarsest.
[[nodiscard]] std::optional<Class> NextCoarser(const Class& of);

// The class of a question; kUnknownWorkload where `profiles` has nothing of its workload.
[[nodiscard]] Class ClassOf(const Known& known, std::span<const Profile> profiles);

// How wrong one member was: mean |error| as a share of the whole run. `owners` counts those whose
// runs are behind it: the runs of one owner have much in common.
struct MemberError {
  double error = 0;
  double owners = 0;
};

// The quantiles of log(truth ÷ forecast) ÷ scale at kLevels, of the rest; where few owners are
// behind a class, they lean on those of workloads that nobody had ever trained.
inline constexpr std::array kLevels = {0.025, 0.1, 0.5, 0.9, 0.975};
inline constexpr std::array kNormal = {-1.9600, -1.2816, 0.0, 1.2816, 1.9600};  // σ, at kLevels
struct Scores {
  std::array<double, kLevels.size()> quantiles{};
  // The same errors without a scale, one level further out: no range goes farther, whatever the
  // scale. The rarest at the first and the last, the 2.5 % and 97.5 % quantiles at 10 and 90 %.
  std::array<double, kLevels.size()> farthest{};
  double owners = 0;
};

struct Experience {
  std::vector<Profile> profiles;
  std::map<Class, std::map<std::string, MemberError, std::less<>>> errors;
  std::map<Class, Scores> scores;
};

// Back-tests every member on every run at origins over its length, each run judged with what is not
// its owner's. `more` are members beside the own ones. Deterministic.
[[nodiscard]] Experience Learn(std::span<const CompletedRun> runs, const Members& more = {});

// Text, one line a fact; tabs between the fields.
[[nodiscard]] std::string WriteErrors(const Experience& experience);
// Error kCorrupt, naming the line.
[[nodiscard]] Result<void> ReadErrors(std::string_view text, Experience& experience);

}  // namespace epochcost::forecast
