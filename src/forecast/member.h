#pragma once
// What a forecasting method sees and what it answers. Every method is a Member; the blend asks them
// all and never needs to know how one of them works.
//
// A unit is what a run is counted in: an epoch, a block between two evaluations. Its `cost` is what
// passes from its start to the start of the next, evaluation and gaps included, in whatever is
// forecast: seconds, or a dimensionless multiple of money. It is never an amount of money: amounts
// are integers, and the caller scales them by what is answered here.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace epochcost::forecast {

// A unit that is finished. `cost` > 0, `work` > 0; both finite: Check() has seen to it.
struct Unit {
  double cost = 0;
  double work = 1;           // samples, epochs: what makes costs of units comparable
  bool evaluates = false;    // an evaluation lies in it, as declared or as marked
  bool checkpoints = false;  // a checkpoint lies in it
};

// A unit that is still to come, as the run's plan says it. The flags are false where the plan is
// silent; that is no promise that nothing will be evaluated.
struct PlannedUnit {
  double work = 1;
  bool evaluates = false;
  bool checkpoints = false;
};

// A completed run, as earlier runs are known.
struct CompletedRun {
  std::string id;
  std::string workload;  // what is trained: "bert"; runs of one workload are comparable
  std::string system;    // what it runs on; same workload and system: nearly the same run again
  std::string owner;     // who ran it. Owners are kept apart when a method is scored
  std::string unit;      // "epoch", "block", "eval"
  double before = 0;     // cost before the first unit (setup)
  std::vector<Unit> units;
};

// What is known at the moment of asking, the origin, and nothing that lies behind it.
struct Known {
  std::string workload;
  std::string system;
  std::string unit;
  double before = 0;                   // cost before the first unit
  std::span<const Unit> finished;      // in order; may be empty
  std::span<const PlannedUnit> ahead;  // in order; never empty when a member is asked
  // Completed earlier runs of the same workload and system, the latest first; may be empty.
  std::span<const CompletedRun* const> earlier;
  // The owner and the workload whose runs must not be looked at, so that a method is scored on what
  // it has not seen; "" for none.
  std::string owner_apart;
  std::string workload_apart;
};

// A member's answer: the cost of all units ahead together. `deviation` is the standard deviation
// that the member itself believes in; 0 where it has no opinion (the intervals that a person sees
// are calibrated on completed runs, whatever a member believes).
struct Rest {
  double cost = 0;
  double deviation = 0;
};

// One method. Stateless: the same question has the same answer, from any thread.
class Member {
 public:
  virtual ~Member() = default;
  // "median cycle": how it is named where a forecast tells what it was made of.
  [[nodiscard]] virtual std::string_view Name() const = 0;
  // The rest's cost: finite and not negative. Error kUnsupported: this run does not carry this
  // method (yet), and `why` says what is missing: "needs 8 finished units, has 3".
  [[nodiscard]] virtual Result<Rest> Forecast(const Known& known) const = 0;
  // Answers to several questions about one run: as it is, then as it was after fewer units. What a
  // method learns of the run as it is may serve it for the others too where that spares much.
  [[nodiscard]] virtual std::vector<Result<Rest>> ForecastEach(
      std::span<const Known> questions) const {
    std::vector<Result<Rest>> answers;
    answers.reserve(questions.size());
    for (const Known& question : questions) answers.push_back(Forecast(question));
    return answers;
  }
  // An answer takes so long that it is asked for only where the past says that it may count.
  [[nodiscard]] virtual bool TakesLong() const { return false; }
  // Its answers rest on having been trained on others' runs of the workload: of few owners' runs it
  // has learnt those owners' ways.
  [[nodiscard]] virtual bool IsTrained() const { return false; }
};

}  // namespace epochcost::forecast
