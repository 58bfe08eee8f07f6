#include "forecast/blend/blend.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "forecast/series.h"

namespace epochcost::forecast {
namespace {

constexpr double kPower = 8;
constexpr double kWorst = 1.25;  // times the best's expected error: beyond it, left out
constexpr double kLeastError = 1e-4;
constexpr double kFloor = 0.002;      // of a rest's scale
constexpr std::size_t kOwnUnits = 2;  // finished units from which a run's own past is asked
// Past runs of the class count as this many units of this run's own past.
constexpr double kPastCountsAs = 60;
constexpr double kMostOwnError = 0.2;  // the first units say little of a method's worth

// Mean error of a member over the classes from coarse to fine, each shrunk to the one before as if
// that had been seen on `kPrior` systems.
constexpr double kPrior = 4;

double PastError(const Experience& experience, const Class& of, std::string_view name) {
  const std::array chain = {
      Class{.has_earlier = of.has_earlier}, Class{.has_earlier = of.has_earlier, .seen = of.seen},
      Class{.has_earlier = of.has_earlier, .workload = of.workload, .seen = of.seen}, of};
  double error = -1;
  for (const Class& step : chain) {
    const auto found = experience.errors.find(step);
    if (found == experience.errors.end()) continue;
    const auto member = found->second.find(name);
    if (member == found->second.end()) continue;
    const MemberError& seen = member->second;
    error = error < 0 ? seen.error
                      : (error * kPrior + seen.error * seen.systems) / (kPrior + seen.systems);
  }
  return error;
}

// How wrong the member would have been on this run, asked after a half and after three quarters of
// what is finished; as a share of the part asked for.
double OwnError(const Known& known, const Member& member) {
  double sum = 0;
  int asked = 0;
  const std::size_t finished = known.finished.size();
  for (const std::size_t done : {finished / 2, finished * 3 / 4}) {
    std::vector<PlannedUnit> ahead;
    for (const Unit& unit : known.finished.subspan(done))
      ahead.push_back({unit.work, unit.evaluates, unit.checkpoints});
    Known then = known;
    then.finished = known.finished.first(done);
    then.ahead = ahead;
    const auto rest = member.Forecast(then);
    if (!rest) continue;
    const double truth = CostOf(known.finished.subspan(done));
    sum += std::min(kMostOwnError, std::abs(rest->cost - truth) / truth);
    ++asked;
  }
  return asked == 0 ? -1 : sum / asked;
}

struct Answer {
  Part part;
  double deviation = 0;
};

void Expect(const Known& known, const Experience& experience, const Class& of, const Member& member,
            Part& part) {
  const double past = PastError(experience, of, member.Name());
  const double own = known.finished.size() >= kOwnUnits ? OwnError(known, member) : -1;
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

}  // namespace

Result<Blend> BlendOf(const Known& known, const Experience& experience, const Members& members) {
  Blend blend{.of = ClassOf(known, experience.profiles)};
  std::vector<Answer> answers;
  Error declined;
  for (const auto& member : members) {
    const auto rest = member->Forecast(known);
    if (!rest) {
      declined = rest.error();
      blend.parts.push_back({.name = std::string(member->Name()), .why = rest.error().why});
      continue;
    }
    Answer answer{.part = {.name = std::string(member->Name()), .cost = rest->cost},
                  .deviation = rest->cost > 0 ? rest->deviation / rest->cost : 0};
    Expect(known, experience, blend.of, *member, answer.part);
    answers.push_back(std::move(answer));
  }
  if (answers.empty()) return tl::unexpected<Error>(declined);
  Weigh(answers);
  double log_cost = 0;
  double doubt = 0;
  for (const Answer& answer : answers) {
    if (answer.part.weight <= 0) continue;
    log_cost += answer.part.weight * std::log(answer.part.cost);
    doubt += answer.part.weight * answer.deviation;
  }
  blend.cost = std::exp(log_cost);
  blend.scale = kFloor + doubt;
  for (Answer& answer : answers) blend.parts.push_back(std::move(answer.part));
  std::stable_sort(blend.parts.begin(), blend.parts.end(),
                   [](const Part& a, const Part& b) { return a.weight > b.weight; });
  return blend;
}

}  // namespace epochcost::forecast
