#include "app/estimate_price.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "estimate/graph/models.h"
#include "tariff/reference.h"

namespace epochcost::app {
namespace {

estimate::RunPlan Plan(std::string_view model) {
  estimate::RunPlan plan;
  plan.graph = std::make_shared<const estimate::Graph>(estimate::BuildModel(model).value());
  plan.device = estimate::FindDevice("A100").value();
  plan.network = estimate::FindLink("infiniband-hdr").value();
  plan.strategy.data = 16;
  plan.samples_per_epoch = 100'000;
  plan.epochs = 3;
  return plan;
}

TEST(EstimatePrice, IsTheFormulaOfTheTerms) {
  const auto estimate = estimate::Answer(Plan("gpt2")).value();
  const auto priced = Price(estimate, tariff::ReferenceSheet(), std::nullopt).value();
  Wide sum = 0;
  for (const PricedTerm& term : priced.terms) {
    const Wide amount = Wide{term.price_nano} * term.quantity_nano;
    EXPECT_NEAR(static_cast<double>(term.amount.nano), static_cast<double>(amount) / 1e9, 0.51);
    sum += amount;
  }
  EXPECT_NEAR(static_cast<double>(priced.per_epoch.nano), static_cast<double>(sum * 16) / 1e9,
              0.51);
  EXPECT_NEAR(static_cast<double>(priced.whole_run.nano), static_cast<double>(sum * 48) / 1e9,
              0.51);
  EXPECT_LT(priced.whole_run_low.nano, priced.whole_run.nano);
  EXPECT_GT(priced.whole_run_high.nano, priced.whole_run.nano);
  EXPECT_EQ(priced.price_quality, Quality::kAssumed);
}

TEST(EstimatePrice, EnergyAndDiskAreTermsWhereTheSheetPricesThem) {
  Estimate estimate = estimate::Answer(Plan("gpt2")).value();
  estimate.terms.energy = Figure::Exactly(2.5, Quality::kModelled, "");
  estimate.terms.disk = Figure::Exactly(100, Quality::kModelled, "");
  PriceSheet sheet = tariff::ReferenceSheet();
  const auto without = Price(estimate, sheet, std::nullopt).value();
  EXPECT_EQ(without.terms.size(), 4U);
  sheet.rates.at(static_cast<std::size_t>(Resource::kGpuEnergy)) =
      Rate{.nano = 800'000'000, .per = Info(Resource::kGpuEnergy).units_per_priced};
  sheet.rates.at(static_cast<std::size_t>(Resource::kDiskRead)) =
      Rate{.nano = 10'000'000, .per = Info(Resource::kDiskRead).units_per_priced};
  const auto with = Price(estimate, sheet, std::nullopt).value();
  ASSERT_EQ(with.terms.size(), 6U);
  EXPECT_EQ(with.terms[4].amount.nano, 2'000'000'000);  // 2.5 kWh at 0.8
  EXPECT_EQ(with.terms[5].amount.nano, 1'000'000'000);  // 100 GB at 0.01
  EXPECT_EQ(with.per_replica.nano, without.per_replica.nano + 3'000'000'000);
}

TEST(EstimatePrice, ADevicesOwnPriceStandsForTheSheets) {
  const auto estimate = estimate::Answer(Plan("gpt2")).value();
  const auto priced = Price(estimate, tariff::ReferenceSheet(), 20'000'000'000).value();
  EXPECT_EQ(priced.terms[0].price_nano, 20'000'000'000);
}

TEST(EstimatePrice, LayersSumToTheEpochExactly) {
  for (const std::string_view model : {"gpt2", "resnet50", "mixtral-8x7b", "t5-small"}) {
    const estimate::RunPlan plan = Plan(model);
    const auto estimate = estimate::Answer(plan).value();
    const auto weights = estimate::WeighLayers(plan).value();
    PriceSheet sheet = tariff::ReferenceSheet();
    sheet.rates.at(static_cast<std::size_t>(Resource::kGpuEnergy)) =
        Rate{.nano = 777'777'777, .per = Info(Resource::kGpuEnergy).units_per_priced};
    const auto layers = CostOfLayers(weights, estimate, sheet, std::nullopt).value();
    const auto folded = Folded(layers, weights);
    const auto priced = Price(estimate, sheet, std::nullopt).value();
    std::array<Wide, 6> sums{};
    Wide total = 0;
    Wide folded_total = 0;
    for (const LayerCost& layer : layers) {
      for (std::size_t i = 0; i < sums.size(); ++i) sums.at(i) += layer.atto.at(i);
      total += layer.total_atto;
    }
    for (const LayerCost& row : folded) folded_total += row.total_atto;
    Wide exact = 0;
    for (const PricedTerm& term : priced.terms) {
      const Wide whole = Wide{term.price_nano} * term.quantity_nano * 16;
      EXPECT_EQ(sums.at(static_cast<std::size_t>(term.term)), whole) << model;
      exact += whole;
    }
    EXPECT_EQ(total, exact) << model;
    EXPECT_EQ(folded_total, exact) << model;
    EXPECT_LE(folded.size(), layers.size());
  }
}

TEST(EstimatePrice, WhatCannotBePricedIsAnOverflow) {
  auto estimate = estimate::Answer(Plan("gpt2")).value();
  estimate.terms.t_gpu.value = 1e15;
  const auto priced = Price(estimate, tariff::ReferenceSheet(), std::nullopt);
  ASSERT_FALSE(priced);
  EXPECT_EQ(priced.error().code, ErrorCode::kOverflow);
}

}  // namespace
}  // namespace epochcost::app
