#include "tariff/presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tariff/embedded.h"

namespace epochcost::tariff {
namespace {

TEST(Presets, AreTheTwoWorkedExamplesAndTheFiveReferenceRows) {
  std::vector<std::string> names;
  for (const Preset& preset : Presets()) {
    names.push_back(preset.name);
    EXPECT_FALSE(preset.source.empty()) << preset.name;
    EXPECT_EQ(preset.date.size(), 10U) << preset.name;
    EXPECT_NE(preset.inputs.has_value(), preset.range.has_value()) << preset.name;
  }
  EXPECT_THAT(names, testing::ElementsAre("resnet152-v100", "gpt3-175b-a100", "resnet50",
                                          "bert-base", "gpt3", "vit-large", "dall-e"));
}

TEST(Presets, ReferenceRowsHaveTheirPublishedRange) {
  const auto preset = FindPreset("vit-large");
  ASSERT_TRUE(preset);
  EXPECT_EQ(preset->range->low, NanoMoney{680 * kNanoPerUnit});
  EXPECT_EQ(preset->range->high, NanoMoney{850 * kNanoPerUnit});
  EXPECT_EQ(preset->parameters, "307 M");
}

TEST(Presets, AMisspeltNameIsAnsweredWithTheOneThatWasMeant) {
  const auto preset = FindPreset("resnet152-v10");
  ASSERT_FALSE(preset);
  EXPECT_EQ(preset.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(preset.error().hint, "did you mean: resnet152-v100");
}

TEST(Presets, TheBeginningOfANameIsAnsweredWithTheWholeName) {
  EXPECT_EQ(FindPreset("resnet152").error().hint, "did you mean: resnet152-v100");
}

TEST(ParsePresets, RefusesAnExampleThatLacksANumber) {
  std::string toml(embedded::kPresetsToml);
  toml.erase(toml.find("c_mem = "), 15);
  const auto presets = ParsePresets(toml, "p.toml");
  ASSERT_FALSE(presets);
  EXPECT_THAT(presets.error().what, testing::HasSubstr("no c_mem is given"));
}

}  // namespace
}  // namespace epochcost::tariff
