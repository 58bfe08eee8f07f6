#include "ledger/formula_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace epochcost::ledger {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kHour = 3600 * kNanosPerSecond;

PriceSheet Sheet() {
  PriceSheet sheet;
  sheet.memory_basis = MemoryBasis::kPerEpoch;
  sheet.rates[1] = Rate{200'000'000, Info(Resource::kCpuTime).units_per_priced};
  sheet.rates[2] = Rate{50'000'000, 1'000'000'000};
  sheet.rates[3] = Rate{10'000'000, Info(Resource::kNetworkIn).units_per_priced};
  sheet.rates[4] = sheet.rates[3];
  return sheet;
}

EpochCost Epoch() {
  EpochCost cost{.scope = {ScopeKind::kEpoch, 0}, .held = Nanos{kHour}, .replicas = 2};
  cost.sums[1] = ResourceSum{.quantity = Wide{5} * kHour, .amount_nano = 1'000'000'000, .lines = 2};
  cost.sums[2] = ResourceSum{
      .quantity = Wide{96'000'000'000} * 3'600'000, .amount_nano = 4'800'000'000, .lines = 2};
  cost.sums[3] = ResourceSum{.quantity = 3'000'000'000, .amount_nano = 30'000'000, .lines = 2};
  cost.total.nano = 5'830'000'000;
  return cost;
}

TEST(FormulaText, FillsInTheNumbersOfAMeteredEpoch) {
  EXPECT_EQ(FormulaText(Epoch(), Sheet()),
            "Cost_epoch = Σ (C_gpu × T_gpu + C_cpu × T_cpu + C_mem × M_avg + C_net × D_transfer)\n"
            "  C_gpu × T_gpu             –  (not metered)\n"
            "  C_cpu × T_cpu             0.2 CNY/h × 5 h = ¥1\n"
            "  C_mem × M_avg             0.05 CNY/GB/epoch × 96 GB = ¥4.8\n"
            "  C_net × D_transfer, in    0.01 CNY/GB × 3 GB = ¥0.03\n"
            "  C_net × D_transfer, out   –  (not metered)\n"
            "  total                     = ¥5.83\n"
            "  N_replicas = 2, mean per replica ¥2.915");
}

TEST(FormulaText, SaysThatAPriceChangedOnTheWay) {
  EpochCost cost = Epoch();
  cost.sums[1]->amount_nano = 1'750'000'000;
  EXPECT_THAT(FormulaText(cost, Sheet()),
              HasSubstr("0.35 CNY/h × 5 h = ¥1.75  (mean price: it changed on the way)"));
}

TEST(FormulaText, ShowsMemoryOfAnOpenEpochApart) {
  EpochCost cost = Epoch();
  cost.is_open = true;
  cost.sums[2]->amount_nano = 0;
  cost.provisional.nano = 4'800'000'000;
  const std::string text = FormulaText(cost, Sheet());
  EXPECT_THAT(text, HasSubstr("0.05 CNY/GB/epoch × 96 GB, when the epoch closes"));
  EXPECT_THAT(text, HasSubstr("provisional, not in the total  ¥4.8"));
}

TEST(FormulaText, OneReplicaNeedsNoSum) {
  EpochCost cost = Epoch();
  cost.replicas = 1;
  EXPECT_THAT(FormulaText(cost, Sheet()), testing::StartsWith("Cost_epoch = (C_gpu"));
}

}  // namespace
}  // namespace epochcost::ledger
