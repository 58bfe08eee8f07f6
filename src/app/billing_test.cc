#include "app/billing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sqlite/made_up_store.h"

namespace epochcost::app {
namespace {

namespace made_up = store::sqlite::made_up;

constexpr std::int64_t kHour = 3600 * kNanosPerSecond;

// Eight GPUs at 5 an hour, rented.
PriceSheet Renting() {
  PriceSheet sheet;
  sheet.name = SheetName{"rented"};
  const auto gpu = static_cast<std::size_t>(Resource::kGpuTime);
  sheet.rates.at(gpu) = Rate{5'000'000'000, Info(Resource::kGpuTime).units_per_priced};
  sheet.rented.at(gpu) = Rented{8'000};
  return sheet;
}

class BilledRuns : public made_up::OpenedLedger {
 protected:
  void SetUp() override {
    OpenedLedger::SetUp();
    ASSERT_TRUE(store_->AddSheet(Renting()));
  }
  void Add(const char* id, const char* agent, const char* sheet, std::int64_t t0, std::int64_t t1) {
    epochcost::Run run = made_up::ARun(id);
    run.agent = AgentId{agent};
    run.sheet = SheetName{sheet};
    run.started = UtcTime{t0};
    ASSERT_TRUE(store_->BeginRun(run));
    if (t1 > 0) {
      ASSERT_TRUE(store_->EndRun(run.id, UtcTime{t1}, RunState::kFinished, 0));
    }
  }
  std::vector<std::optional<Money>> Billed(UtcTime now) {
    const auto standings = store_->Standings(0);
    EXPECT_TRUE(standings);
    std::vector<const store::RunStanding*> asked;
    for (const store::RunStanding& standing : *standings) {
      if (standing.run.id != made_up::ARun().id) asked.push_back(&standing);
    }
    const auto billed = BilledOf(*store_, asked, now);
    EXPECT_TRUE(billed);
    return billed.value_or(std::vector<std::optional<Money>>{});
  }
};

TEST_F(BilledRuns, ShareTheRentOfTheirMachineAsTheirWholeCostsSay) {
  Add("a00000000001", "rack-1", "rented", 0, 2 * kHour);
  Add("a00000000002", "rack-1", "rented", kHour, 4 * kHour);
  Add("a00000000003", "rack-2", "rented", 0, kHour);
  Add("a00000000004", "rack-1", "rented", 3 * kHour, 0);  // goes on
  const UtcTime now{5 * kHour};
  const auto billed = Billed(now);
  ASSERT_EQ(billed.size(), 4U);
  Wide of_the_first_machine = 0;
  for (std::size_t i = 0; i < billed.size(); ++i) {
    RunCost cost = Cost(RunId{"a0000000000" + std::to_string(i + 1)});
    ASSERT_TRUE(FillBilling(*store_, cost, now));
    ASSERT_TRUE(billed[i]);
    EXPECT_EQ(*billed[i], cost.billed) << cost.run.id.Value();
    if (cost.run.agent == AgentId{"rack-1"}) of_the_first_machine += billed[i]->nano;
  }
  EXPECT_EQ(of_the_first_machine, Wide{5} * 8 * 5'000'000'000);
  EXPECT_EQ(billed[2]->nano, Wide{8} * 5'000'000'000);
}

TEST_F(BilledRuns, WithoutTheirSheetAreNotBilledAndTheOthersAre) {
  Add("a00000000001", "rack-1", "nowhere", 0, kHour);
  Add("a00000000002", "rack-2", "rented", 0, kHour);
  const auto billed = Billed(UtcTime{kHour});
  ASSERT_EQ(billed.size(), 2U);
  EXPECT_FALSE(billed[0]);
  ASSERT_TRUE(billed[1]);
  EXPECT_EQ(billed[1]->nano, Wide{8} * 5'000'000'000);
}

}  // namespace
}  // namespace epochcost::app
