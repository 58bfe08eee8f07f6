#include "api/estimate_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/compare_picture.h"
#include "api/estimate_json.h"

namespace epochcost::api {
namespace {

using testing::HasSubstr;
using testing::Not;

Money Yuan(std::int64_t units) { return {Wide{units} * kNanoPerUnit, {}}; }

PricedEstimate MadeUp(std::int64_t whole_run) {
  PricedEstimate priced;
  Estimate& e = priced.estimate;
  e.model = "gpt2";
  e.device = "A100-SXM-80GB";
  e.strategy = "dp 8";
  e.devices = 8;
  e.replicas = 8;
  e.epochs = 3;
  e.steps_per_epoch = 1000;
  e.step_seconds = {0.5, 0.4, 0.7, Quality::kModelled, "operators"};
  e.epoch_hours = {0.139, 0.111, 0.194, Quality::kModelled, "steps × step"};
  e.peak_memory_gb = Figure::Exactly(20, Quality::kModelled, "sum");
  e.terms.n_ops = Figure::Exactly(1.5e18, Quality::kModelled, "counted");
  e.terms.t_gpu = Figure::Exactly(0.139, Quality::kModelled, "derived");
  priced.terms = {
      {Term::kGpu, true, 5'000'000'000, "hour", 139'000'000, "h", Yuan(1), Quality::kModelled},
      {Term::kCpu, false, 0, "hour", 0, "h", Yuan(0), Quality::kAssumed}};
  priced.per_replica = Yuan(1);
  priced.per_epoch = Yuan(8);
  priced.whole_run = Yuan(whole_run);
  priced.whole_run_low = Yuan(whole_run - 2);
  priced.whole_run_high = Yuan(whole_run + 4);
  priced.prices_source = "reference";
  priced.price_quality = Quality::kAssumed;
  return priced;
}

Compared Row(std::string machine, std::int64_t whole_run, bool fits) {
  Compared row{.machine = std::move(machine), .priced = MadeUp(whole_run), .refused = {}};
  if (!fits)
    row.priced->estimate.obstacles.push_back({"90 GB do not fit", "it has 80", "--zero 3"});
  return row;
}

TEST(EstimateText, NamesTierIntervalSourceAndWhatHasNoPrice) {
  const std::string text = EstimateText(MadeUp(24), {});
  EXPECT_THAT(text, HasSubstr("tier datasheet"));
  EXPECT_THAT(text, HasSubstr("80 %: ¥22.00 – ¥28.00"));
  EXPECT_THAT(text, HasSubstr("(N_ops × P_avg) / (F_gpu × U_gpu) = (1.50e+18"));
  EXPECT_THAT(text, HasSubstr("the sheet has no price for it"));
  EXPECT_THAT(text, HasSubstr("prices: sheet reference"));
}

TEST(EstimateText, InAsciiHasNoOtherSign) {
  for (const char c : EstimateText(MadeUp(24), {.ascii = true})) {
    EXPECT_GE(c, 0);
    if (c < 0) break;
  }
}

TEST(EstimateText, OfLayersEndsWithTheirSum) {
  LayerCost layer{.path = "layers.*.attn.qkv", .kind = "gemm", .repetitions = 12};
  layer.atto = {Wide{3} * kNanoPerUnit * kNanoPerUnit, 0, 0, 0};
  layer.total_atto = layer.atto[0];
  const std::string text = LayersText(MadeUp(24), {layer, layer}, {});
  EXPECT_THAT(text, HasSubstr("layers.*.attn.qkv"));
  EXPECT_THAT(text.substr(text.rfind('\n')), HasSubstr("¥6.00"));
}

TEST(ThreeDigits, AreAllThatAnEstimateIsKnownTo) {
  EXPECT_EQ(ThreeDigits(0), "0");
  EXPECT_EQ(ThreeDigits(0.42149), "0.421");
  EXPECT_EQ(ThreeDigits(12.345), "12.3");
  EXPECT_EQ(ThreeDigits(99'999), "99999");
  EXPECT_EQ(ThreeDigits(1.234e18), "1.23e+18");
}

TEST(Comparison, ShowsTheCheapestThatFitsFirstAndWhyOthersDoNot) {
  Compared refused{.machine = "3 × T4", .priced = {}, .refused = Error{}};
  refused.refused->what = "tp 8 cannot be placed on 3 devices";
  const std::vector<Compared> rows = {refused, Row("1 × L4", 5, false), Row("8 × H100", 30, true),
                                      Row("8 × A100", 20, true)};
  EXPECT_THAT(OrderOf(rows), testing::ElementsAre(3, 2, 1, 0));
  const std::string text = CompareText(rows, {});
  EXPECT_THAT(text, HasSubstr("does not run: 90 GB do not fit"));
  EXPECT_THAT(text, HasSubstr("hint: --zero 3"));
  EXPECT_THAT(text, HasSubstr("tp 8 cannot be placed"));
}

TEST(Comparison, IsJsonWithEveryFigureItsIntervalAndSource) {
  const auto json = nlohmann::json::parse(CompareJson({Row("8 × A100", 20, true)}));
  EXPECT_EQ(json["schema_version"], 1);
  const auto& row = json["rows"][0];
  EXPECT_EQ(row["whole_run_nano"], 20'000'000'000);
  EXPECT_EQ(row["step"]["low"], 0.4);
  EXPECT_EQ(row["step"]["source"], "operators");
  EXPECT_TRUE(row["fits"]);
}

TEST(Comparison, AsAPictureHasNoScriptAndEscapesItsNames) {
  const std::string svg = CompareSvg({Row("<script>", 20, true), Row("8 × L4", 5, false)});
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(svg, HasSubstr("url(#hatch)"));
  EXPECT_THAT(CompareHtml({Row("8 × A100", 20, true)}), HasSubstr("<svg"));
}

}  // namespace
}  // namespace epochcost::api
