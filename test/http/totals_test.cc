// Every total that the interface tells is the sum of the ledger's lines, whatever the run.

#include <gtest/gtest.h>

#include <random>

#include "served.h"

namespace epochcost::http_test {
namespace {

constexpr int kRuns = 1'000;

// A run of up to three replicas, with epochs and phases, resources that are missing, and amounts
// from nothing to beyond what a double can hold.
class MadeUpRuns {
 public:
  Run Next(store::Store& ledger) {
    ++number_;
    Run run = made_up::ARun(fmt::format("{:012x}", number_), fmt::format("p{}", number_ % 7));
    run.started = UtcTime{1'795'000'000'000'000'000 + number_ * kNanosPerSecond};
    EXPECT_TRUE(ledger.BeginRun(run));
    Commit commit = made_up::ACommit(run, "boot-" + run.id.Value());
    const int lines = Below(60);
    for (int seq = 1; seq <= lines; ++seq) {
      commit.sealed.push_back(Line(seq, commit, run.started));
      commit.contiguous_seq = seq;
    }
    for (int open = Below(4); open > 0; --open) {
      commit.open.push_back(Line(++commit.contiguous_seq, commit, run.started));
    }
    commit.contiguous_seq = lines;
    EXPECT_TRUE(ledger.Append(commit));
    if (Below(3) > 0) {
      EXPECT_TRUE(ledger.EndRun(run.id, run.started + Nanos{kNanosPerSecond * 3600},
                                RunState::kFinished, 0));
    }
    return run;
  }

 private:
  int Below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  LedgerLine Line(std::int64_t seq, const Commit& commit, UtcTime start) {
    const Scope scope{static_cast<ScopeKind>(Below(5)), Below(9)};
    const auto resource = static_cast<Resource>(Below(kResourceCount));
    LedgerLine line = made_up::ALine(seq, commit, scope, resource, Below(3));
    line.usage.t0 = start + Nanos{seq * kNanosPerSecond};
    line.usage.t1 = line.usage.t0 + Nanos{1 + Below(2'000'000'000)};
    line.usage.quality = static_cast<Quality>(Below(3));
    const auto magnitude = static_cast<std::int64_t>(random_() >> (20 + Below(38)));
    line.amount = NanoMoney{Info(resource).is_charged ? magnitude : 0};
    return line;
  }

  std::mt19937_64 random_{20261124};
  std::int64_t number_ = 0;
};

Wide Nano(const Json& money) { return ParseWide(money["nano"].get<std::string>()).value(); }
Wide Number(const Json& value) {
  return value.is_string() ? ParseWide(value.get<std::string>()).value()
                           : Wide{value.get<std::int64_t>()};
}
Wide SumOf(const Json& list) {
  Wide sum = 0;
  for (const Json& each : list) sum += Nano(each["amount"]);
  return sum;
}
Wide SumOfResources(const Json& resources) {
  Wide sum = 0;
  for (const auto& [name, cost] : resources.items())
    sum += cost.is_null() ? 0 : Nano(cost["amount"]);
  return sum;
}

// What is in the ledger, and what was open when it was last committed.
Wide SumOfLines(store::Store& ledger, const Run& run) {
  Wide sum = 0;
  EXPECT_TRUE(ledger.ForEachLine(run.id, [&sum](const LedgerLine& line) -> Result<void> {
    sum += line.amount.Count();
    return {};
  }));
  const auto resume = ledger.StandingOf(run.id);
  return resume->run.state == RunState::kRunning ? resume->total.nano : sum;
}

void Compare(const Served& served, const Run& run, Wide truth) {
  const std::string address = "/api/v1/runs/" + run.id.Value();
  const Json overview = served.AskJson(address);
  EXPECT_EQ(Nano(overview["total"]["amount"]), truth);
  EXPECT_EQ(SumOfResources(overview["resources"]), truth);
  EXPECT_EQ(SumOf(overview["terms"]), truth);
  EXPECT_EQ(SumOf(overview["replicas"]), truth);
  const Json epochs = served.AskJson(address + "/epochs");
  EXPECT_EQ(SumOf(epochs["items"]) + SumOf(overview["phases"]), truth);
  EXPECT_EQ(Nano(epochs["epochs_amount"]) + Nano(epochs["phases_amount"]), truth);
  const Json composition = served.AskJson(address + "/composition?groups=3");
  EXPECT_EQ(SumOf(composition["groups"]) + SumOf(composition["phases"]), truth);
  for (const Json& group : composition["groups"]) {
    Wide sum = 0;
    for (const auto& [name, nano] : group["nano"].items()) sum += nano.is_null() ? 0 : Number(nano);
    EXPECT_EQ(sum, Nano(group["amount"]));
  }
  for (const Json& epoch : epochs["items"]) {
    const Json formula =
        served.AskJson(fmt::format("{}/formula/{}", address, epoch["index"].get<std::int64_t>()));
    EXPECT_EQ(SumOf(formula["terms"]), Nano(epoch["amount"]));
  }
  const Json series = served.AskJson(address + "/series");
  const Json& column = series["cumulative_nano"];
  EXPECT_EQ(column.empty() ? Wide{0} : Number(column.back()), truth);
}

TEST(Totals, AreTheSumsOfTheLedgersLinesForAThousandRuns) {
  Served served({}, "/dev/shm");
  MadeUpRuns made_up_runs;
  std::vector<epochcost::Run> runs;
  for (int i = 0; i < kRuns; ++i) runs.push_back(made_up_runs.Next(served.Ledger()));
  served.Start();
  Wide all = 0;
  for (const auto& run : runs) {
    const Wide truth = SumOfLines(served.Ledger(), run);
    Compare(served, run, truth);
    all += truth;
    if (HasFailure()) FAIL() << "of run " << run.id.Value();
  }
  const Json list = served.AskJson("/api/v1/runs?limit=1000");
  EXPECT_EQ(SumOf(list["items"]), all);
  EXPECT_EQ(Nano(list["totals"][0]), all);
  Wide of_projects = 0;
  const Json projects = served.AskJson("/api/v1/projects");
  for (const Json& project : projects["items"]) of_projects += Nano(project["totals"][0]);
  EXPECT_EQ(of_projects, all);
}

}  // namespace
}  // namespace epochcost::http_test
