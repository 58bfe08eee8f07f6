#include "forecast/blend/blend.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr double kPower = 8;
constexpr double kWorst = 1.25;  // times the best's expected error: beyond it, left out
// A member that takes long is not asked at all where its past alone is so many times the best's.
constexpr double kHopeless = 1.5;
constexpr double kNotOnRecord = -1;
constexpr double kLeastOwners = 4;  // behind the record of a trained member
constexpr double kLeastError = 1e-4;
// Of a rest's scale. Found on completed runs (bench/accuracy/forecast).
constexpr double kFloor = 0.002;
constexpr double kMost = 0.01;        // beyond the floor
constexpr std::size_t kOwnUnits = 2;  // finished units from which a run's own past is asked
// Past runs of the class count as this many units of this run's own past.
constexpr double kPastCountsAs = 60;
constexpr double kMostOwnError = 0.2;  // the first units say little of a method's worth

// Mean error of a member over the classes from coarse to fine, each shrunk to the one before as if
// that had been seen of `kPrior` owners.
constexpr double kPrior = 2;

// Negative where nothing is on record. What is known of other workloads is no record for one that
// nobody has ever trained: some members rest on having seen a workload, and would look better than
// they are.
double PastError(const Experience& experience, const Class& of, std::string_view name) {
  const std::array chain = {
      Class{.has_earlier = of.has_earlier}, Class{.has_earlier = of.has_earlier, .seen = of.seen},
      Class{.has_earlier = of.has_earlier, .workload = of.workload, .seen = of.seen}, of};
  double error = kNotOnRecord;
  bool is_of_workload = false;
  for (const Class& step : chain) {
    const auto found = experience.errors.find(step);
    if (found == experience.errors.end()) continue;
    const auto member = found->second.find(name);
    if (member == found->second.end()) continue;
    const MemberError& seen = member->second;
    error = error < 0 ? seen.error
                      : (error * kPrior + seen.error * seen.owners) / (kPrior + seen.owners);
    is_of_workload = is_of_workload || step.workload == of.workload;
  }
  return of.workload == kUnknownWorkload && !is_of_workload ? kNotOnRecord : error;
}

// Whether enough owners' runs of the workload tell what a trained member is worth.
bool IsTried(const Experience& experience, const Class& of, const Member& member) {
  if (!member.IsTrained()) return true;
  const auto found =
      experience.errors.find({.has_earlier = of.has_earlier, .workload = of.workload});
  if (found == experience.errors.end()) return false;
  const auto seen = found->second.find(member.Name());
  return seen != found->second.end() && seen->second.owners >= kLeastOwners;
}

// What is asked about a run: as it is, and as it was after a half and after three quarters of what
// is finished. Owns what the questions about then borrow.
class Questions {
 public:
  explicit Questions(const Known& known) : asked_{known} {
    const std::size_t finished = known.finished.size();
    if (finished < kOwnUnits) return;
    for (const std::size_t done : {finished / 2, finished * 3 / 4}) {
      const std::span<const Unit> came = known.finished.subspan(done);
      std::vector<PlannedUnit>& ahead = ahead_.at(came_.size());
      for (const Unit& unit : came) ahead.push_back({unit.work, unit.evaluates, unit.checkpoints});
      came_.push_back(CostOf(came));
      Known& then = asked_.emplace_back(known);
      then.finished = known.finished.first(done);
      then.ahead = ahead;
    }
  }

  [[nodiscard]] std::span<const Known> All() const { return asked_; }

  // How wrong the answers about then are, as a share of the part asked for; negative where there
  // is none.
  [[nodiscard]] double OwnError(std::span<const Result<Rest>> answers) const {
    double sum = 0;
    int answered = 0;
    for (std::size_t i = 0; i < came_.size(); ++i) {
      const Result<Rest>& rest = answers[i + 1];
      if (!rest) continue;
      sum += std::min(kMostOwnError, std::abs(rest->cost - came_[i]) / came_[i]);
      ++answered;
    }
    return answered == 0 ? -1 : sum / answered;
  }

 private:
  std::vector<Known> asked_;
  std::array<std::vector<PlannedUnit>, 2> ahead_;
  std::vector<double> came_;
};

struct Answer {
  Part part;
  double deviation = 0;  // how far the member doubts it, as a share
};

// What the members said, before they are weighed. `silent` are those that declined or were not
// asked, with why.
struct Answers {
  Class of;
  std::vector<Answer> given;
  std::vector<Part> silent;
};

void Expect(const Known& known, double own, double past, Part& part) {
  const double rest = WorkOf(known.ahead) / (WorkOf(known.ahead) + WorkOf(known.finished));
  const auto seen = static_cast<double>(known.finished.size());
  if (past < 0 && own < 0) {
    part.expected_error = -1;
  } else if (past < 0) {
    part.expected_error = own * rest;
  } else if (own < 0) {
    part.expected_error = past;
  } else {
    part.expected_error = (past * kPastCountsAs + own * rest * seen) / (kPastCountsAs + seen);
  }
  part.expected_error = part.expected_error < 0 ? -1 : std::max(part.expected_error, kLeastError);
}

void Weigh(std::vector<Answer>& answers) {
  double best = -1;
  for (const Answer& answer : answers) {
    const double error = answer.part.expected_error;
    if (error >= 0 && (best < 0 || error < best)) best = error;
  }
  double sum = 0;
  for (Answer& answer : answers) {
    Part& part = answer.part;
    if (best < 0) {
      part.weight = 1;
      part.why = Say("nothing is known of any method on such runs");
    } else if (part.expected_error < 0) {
      part.why = Say("left out: nothing is known of it on such runs");
    } else if (part.expected_error > kWorst * best) {
      part.why = Say("left out: {:.2f} % off on such runs, the best is {:.2f} %",
                     part.expected_error * 100, best * 100);
    } else {
      part.weight = std::pow(best / part.expected_error, kPower);
      part.why = Say("{:.2f} % off on such runs", part.expected_error * 100);
    }
    sum += part.weight;
  }
  for (Answer& answer : answers) answer.part.weight /= sum;
}

// Asks each member, and how wrong it would have been on this run so far.
Result<Answers> Ask(const Known& known, const Experience& experience, const Members& members) {
  Answers all{.of = ClassOf(known, experience.profiles)};
  std::vector<double> pasts;
  double best_past = -1;
  for (const auto& member : members) {
    const double past = IsTried(experience, all.of, *member)
                            ? PastError(experience, all.of, member->Name())
                            : kNotOnRecord;
    pasts.push_back(past);
    if (past >= 0 && (best_past < 0 || past < best_past)) best_past = past;
  }
  const Questions questions(known);
  Error declined;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Member& member = *members[i];
    Part part{.name = std::string(member.Name())};
    if (best_past >= 0 && pasts[i] < 0) {
      // Its own reason is the better one, where it has one.
      const auto rest = member.TakesLong() ? Result<Rest>(Rest{}) : member.Forecast(known);
      part.why = rest ? Say("left out: too little is known of it on such runs") : rest.error().why;
      all.silent.push_back(std::move(part));
      continue;
    }
    if (member.TakesLong() && pasts[i] > kHopeless * best_past) {
      part.why = Say("not asked: {:.2f} % off on such runs, the best is {:.2f} %", pasts[i] * 100,
                     best_past * 100);
      all.silent.push_back(std::move(part));
      continue;
    }
    const std::vector<Result<Rest>> answers = member.ForecastEach(questions.All());
    const Result<Rest>& rest = answers.front();
    if (!rest) {
      declined = rest.error();
      part.why = rest.error().why;
      all.silent.push_back(std::move(part));
      continue;
    }
    part.cost = rest->cost;
    Expect(known, questions.OwnError(answers), pasts[i], part);
    all.given.push_back(
        {.part = std::move(part), .deviation = rest->cost > 0 ? rest->deviation / rest->cost : 0});
  }
  if (all.given.empty()) return tl::unexpected<Error>(declined);
  return all;
}

Blend Together(Answers answers) {
  Weigh(answers.given);
  Blend blend{.of = answers.of, .parts = std::move(answers.silent)};
  double log_cost = 0;
  double doubted = 0;
  double opinions = 0;  // weight of the members that say how much they doubt
  for (const Answer& answer : answers.given) {
    if (answer.part.weight <= 0) continue;
    log_cost += answer.part.weight * std::log(answer.part.cost);
    if (answer.deviation <= 0) continue;
    doubted += answer.part.weight * answer.deviation;
    opinions += answer.part.weight;
  }
  double apart = 0;
  for (const Answer& answer : answers.given) {
    if (answer.part.weight <= 0) continue;
    const double off = std::log(answer.part.cost) - log_cost;
    apart += answer.part.weight * off * off;
  }
  blend.cost = std::exp(log_cost);
  blend.doubt = std::hypot(opinions > 0 ? doubted / opinions : 0, std::sqrt(apart));
  blend.scale = ScaleOf(blend.doubt);
  for (Answer& answer : answers.given) blend.parts.push_back(std::move(answer.part));
  std::stable_sort(blend.parts.begin(), blend.parts.end(),
                   [](const Part& a, const Part& b) { return a.weight > b.weight; });
  return blend;
}

}  // namespace

double ScaleOf(double doubt) { return kFloor + doubt / (1 + doubt / kMost); }

Result<Blend> BlendOf(const Known& known, const Experience& experience, const Members& members) {
  auto answers = Ask(known, experience, members);
  if (!answers) return tl::unexpected<Error>(answers.error());
  return Together(*std::move(answers));
}

}  // namespace epochcost::forecast
