#include "app/page_estimate.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "app/page_layers.h"

namespace epochcost::app {
namespace {

// A data home without a ledger: the reference sheet applies.
Context NoLedger() {
  Context context;
  context.data_home = std::filesystem::temp_directory_path() / "epochcost-no-such-home";
  return context;
}

Given Llama() {
  return {{"model", "llama3-8b"}, {"machine", "8xA100-80GB"}, {"tokens", "1e9"}, {"batch", "512"},
          {"zero", "3"},          {"recompute", "full"}};
}

Json Read(const Result<std::string>& document) {
  return document ? Json::parse(*document) : Json{{"error", document.error().what}};
}

Wide NanoOf(const Json& money) { return *ParseWide(money["nano"].get<std::string>()); }

// Σ children = the node, all the way down.
void ExpectConserved(const Json& node, std::string_view of) {
  if (node["children"].empty()) return;
  Wide sum = 0;
  for (const Json& child : node["children"]) {
    sum += NanoOf(child[std::string(of)]);
    ExpectConserved(child, of);
  }
  EXPECT_EQ(sum, NanoOf(node[std::string(of)])) << node["name"] << " " << of;
}

TEST(PagePlan, SaysMoneyWithItsIntervalItsTierAndThePublishedTerms) {
  const Json plan = Read(PlanJson(NoLedger(), Llama(), Language::kEnglish));
  ASSERT_TRUE(plan.contains("whole_run")) << plan;
  EXPECT_EQ(plan["tier"], "calibrated");
  EXPECT_TRUE(plan["fits"]);
  EXPECT_LE(NanoOf(plan["whole_run_range"]["low"]), NanoOf(plan["whole_run"]));
  EXPECT_GE(NanoOf(plan["whole_run_range"]["high"]), NanoOf(plan["whole_run"]));
  EXPECT_EQ(plan["derivations"].size(), 15U);
  EXPECT_EQ(plan["prices_quality"], "assumed");
}

TEST(PagePlan, SpeaksTheReadersLanguage) {
  Given given = Llama();
  given["zero"] = "0";
  given["recompute"] = "none";
  given["machine"] = "8xT4";
  const Json plan = Read(PlanJson(NoLedger(), given, Language::kChinese));
  ASSERT_FALSE(plan["fits"].get<bool>()) << plan;
  const std::string what = plan["obstacles"][0]["what"];
  EXPECT_EQ(what.find("it needs"), std::string::npos) << what;
}

TEST(PagePlan, TakesNoFileFromWhoeverAsks) {
  Given given = {{"config", "/etc/passwd"}, {"machine", "8xA100-80GB"}, {"samples", "1"}};
  const auto plan = PlanJson(NoLedger(), given, Language::kEnglish);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().what, "no model is given");
}

TEST(PagePlan, RefusesASwitchThatIsNeitherYesNorNo) {
  Given given = Llama();
  given["offload"] = "maybe";
  const auto plan = PlanJson(NoLedger(), given, Language::kEnglish);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::kInvalidInput);
}

TEST(PagePlan, SaysWhatSingleChangesWouldDo) {
  const Json changes = Read(PlanChangesJson(NoLedger(), Llama(), Language::kEnglish));
  bool has_no_recomputation = false;
  for (const Json& row : changes["rows"]) {
    if (row["parameter"] != "recompute" || row["value"] != "none") continue;
    has_no_recomputation = true;
    const Json plan = Read(PlanJson(NoLedger(), Llama(), Language::kEnglish));
    EXPECT_LT(NanoOf(row["whole_run"]), NanoOf(plan["whole_run"]));
  }
  EXPECT_TRUE(has_no_recomputation) << changes;
}

TEST(PageComparison, ShowsWhatDoesNotFitLastAndSaysWhy) {
  Given given = {{"model", "llama3-8b"}, {"tokens", "1e9"}, {"batch", "512"}};
  given["machines"] = "1xT4,8xA100-80GB@9.5,8xnothing";
  const Json comparison = Read(ComparisonJson(NoLedger(), given, Language::kEnglish));
  const Json& rows = comparison["rows"];
  ASSERT_EQ(rows.size(), 3U) << comparison;
  EXPECT_EQ(rows[0]["asked"], "8xA100-80GB@9.5");
  EXPECT_TRUE(rows[0]["plan"]["fits"]);
  EXPECT_FALSE(rows[1]["plan"]["fits"]);
  EXPECT_FALSE(rows[1]["plan"]["obstacles"][0]["why"].get<std::string>().empty());
  EXPECT_TRUE(rows[2]["plan"].is_null());
  EXPECT_FALSE(rows[2]["refused"]["what"].get<std::string>().empty());
}

TEST(PageComparison, RefusesMoreMachinesThanOneRequestMayAsk) {
  Given given = Llama();
  for (int i = 0; i < 13; ++i) given["machines"] += "1xT4,";
  EXPECT_FALSE(ComparisonJson(NoLedger(), given, Language::kEnglish));
}

TEST(PageCatalog, NamesEverySourceAndDate) {
  const Json catalog = Read(CatalogJson(NoLedger()));
  EXPECT_GE(catalog["models"].size(), 100U);
  for (const std::string list : {"models", "devices", "networks", "references"}) {
    for (const Json& each : catalog[list]) {
      EXPECT_FALSE(each["source"].get<std::string>().empty()) << each;
      EXPECT_FALSE(each["date"].get<std::string>().empty()) << each;
    }
  }
}

TEST(PageLayers, OfAPlanSumToTheEpochToTheNanoUnit) {
  for (const std::string model : {"llama3-8b", "resnet50", "deepseek-v2-lite"}) {
    Given given = {{"model", model}, {"machine", "8xA100-80GB"}, {"samples", "7001"}};
    const Json plan = Read(PlanJson(NoLedger(), given, Language::kEnglish));
    const Json layers = Read(PlanLayersJson(NoLedger(), given, Language::kEnglish));
    ASSERT_TRUE(layers.contains("root")) << layers;
    EXPECT_EQ(layers["root"]["amount"], plan["per_epoch"]) << model;
    for (const std::string_view of : {"amount", "forward", "backward"}) {
      ExpectConserved(layers["root"], of);
    }
  }
}

RunCost Metered() {
  RunCost cost;
  cost.run.id = RunId{"7f3a"};
  EpochCost epoch;
  epoch.sums.at(static_cast<std::size_t>(Resource::kCpuTime)) =
      ResourceSum{.amount_nano = 1'000'003};
  epoch.sums.at(static_cast<std::size_t>(Resource::kMemory)) = ResourceSum{.amount_nano = 77};
  epoch.sums.at(static_cast<std::size_t>(Resource::kDiskRead)) = ResourceSum{.amount_nano = 5};
  epoch.total.nano = 1'000'085;
  EpochCost setup;
  setup.total.nano = 4001;
  cost.epochs = {epoch, epoch};
  cost.phases = {setup};
  cost.total.nano = 2 * 1'000'085 + 4001;
  return cost;
}

TEST(PageLayers, OfARunSumToWhatTheRunCost) {
  const Given given = {{"model", "bert-base"}, {"machine", "1xV100-SXM2-16GB"}};
  const Json layers = Read(RunLayersJson(NoLedger(), Metered(), given, Language::kEnglish));
  ASSERT_TRUE(layers.contains("root")) << layers;
  EXPECT_EQ(NanoOf(layers["root"]["amount"]), Metered().total.nano);
  ExpectConserved(layers["root"], "amount");
  const Json& parts = layers["root"]["children"];
  EXPECT_EQ(parts[parts.size() - 2]["kind"], "outside");
  EXPECT_EQ(NanoOf(parts[parts.size() - 2]["amount"]), 4001);
  EXPECT_EQ(parts.back()["kind"], "other");
  EXPECT_EQ(NanoOf(parts.back()["amount"]), 10);
}

TEST(PageLayers, OfARunAreNotMadeUpWhereNobodySaysTheModel) {
  const Json layers = Read(RunLayersJson(NoLedger(), Metered(), {}, Language::kEnglish));
  EXPECT_TRUE(layers["root"].is_null());
  EXPECT_FALSE(layers["reason"].get<std::string>().empty());
}

}  // namespace
}  // namespace epochcost::app
