#include "estimate/graph/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "estimate/embedded.h"

namespace epochcost::estimate {
namespace {

using testing::HasSubstr;

TEST(Models, EveryFileOfTheCatalogIsReadAndBuilt) {
  for (const auto text : {embedded::kTransformersToml, embedded::kOtherModelsToml}) {
    const auto models = CheckModels(text, "models.toml");
    ASSERT_TRUE(models) << Describe(models.error());
  }
  EXPECT_GE(Models().size(), 80U);
}

TEST(Models, HaveExactlyTheParametersThatWerePublished) {
  int compared = 0;
  for (const ModelInfo& info : Models()) {
    if (!info.parameters) continue;
    const Graph graph = BuildModel(info.name).value();
    EXPECT_EQ(static_cast<std::int64_t>(Sum(graph).parameters), *info.parameters) << info.name;
    ++compared;
  }
  EXPECT_GE(compared, 70);
}

// The counts stand here too, so that no change of the catalog can move the goal with the ball.
TEST(Models, OfEveryFamilyHaveThePublishedCount) {
  struct Published {
    std::string_view name;
    std::int64_t parameters;
    std::string_view source;
  };
  for (const Published& one : {
           Published{"gpt2", 124'439'808, "openai-community/gpt2, safetensors index"},
           Published{"gpt2-xl", 1'557'611'200, "openai-community/gpt2-xl, safetensors index"},
           Published{"llama2-70b", 68'976'648'192, "meta-llama/Llama-2-70b-hf"},
           Published{"llama3-8b", 8'030'261'248, "meta-llama/Meta-Llama-3-8B"},
           Published{"llama3.1-405b", 405'853'388'800, "meta-llama/Llama-3.1-405B"},
           Published{"mistral-7b", 7'241'732'096, "mistralai/Mistral-7B-v0.1"},
           Published{"mixtral-8x7b", 46'702'792'704, "mistralai/Mixtral-8x7B-v0.1"},
           Published{"qwen2-7b", 7'615'616'512, "Qwen/Qwen2-7B"},
           Published{"qwen3-30b-a3b", 30'532'122'624, "Qwen/Qwen3-30B-A3B"},
           Published{"deepseek-v2-lite", 15'706'484'224, "deepseek-ai/DeepSeek-V2-Lite"},
           Published{"deepseek-v3", 671'026'419'200, "deepseek-ai/DeepSeek-V3, main model"},
           Published{"t5-base", 222'903'552, "google-t5/t5-base"},
           Published{"t5-11b", 11'307'321'344, "google-t5/t5-11b"},
           Published{"vit-base-16", 86'567'656, "torchvision and timm, vit_b_16"},
           Published{"resnet50", 25'557'032, "torchvision, resnet50"},
           Published{"resnet152", 60'192'808, "torchvision, resnet152"},
           Published{"resnext50-32x4d", 25'028'904, "torchvision, resnext50_32x4d"},
           Published{"efficientnet-b0", 5'288'548, "torchvision, efficientnet_b0"},
           Published{"efficientnet-b7", 66'347'960, "torchvision, efficientnet_b7"},
           Published{"convnext-tiny", 28'589'128, "torchvision, convnext_tiny"},
           Published{"stable-diffusion-1.5", 859'520'964, "runwayml/stable-diffusion-v1-5, unet"},
           Published{"stable-diffusion-xl", 2'567'463'684, "stabilityai/sdxl-base-1.0, unet"},
       }) {
    const auto graph = BuildModel(one.name);
    ASSERT_TRUE(graph) << one.name;
    EXPECT_EQ(static_cast<std::int64_t>(Sum(*graph).parameters), one.parameters)
        << one.name << ", " << one.source;
  }
}

TEST(Models, WithoutAnExactCountAreAsLargeAsRounded) {
  struct Rounded {
    std::string_view name;
    double billions;
    double within;
  };
  for (const Rounded& published :
       {Rounded{"gpt3-175b", 174.6, 0.05}, Rounded{"gpt3-13b", 12.85, 0.01},
        Rounded{"megatron-22b", 22, 0.5}, Rounded{"megatron-530b", 530, 1},
        Rounded{"megatron-1t", 1008, 1}, Rounded{"grok-1", 314, 3},
        Rounded{"nemotron4-15b", 15.6, 0.3}, Rounded{"nemotron4-340b", 341, 1},
        Rounded{"dall-e", 12, 0.5}, Rounded{"dlrm-criteo-1tb", 24, 0.5}}) {
    const Totals sum = Sum(BuildModel(published.name).value());
    EXPECT_NEAR(static_cast<double>(sum.parameters) / 1e9, published.billions, published.within)
        << published.name;
  }
}

TEST(Models, NamesAliasesAndSourcesAreThereAndUnique) {
  std::set<std::string> names;
  for (const ModelInfo& info : Models()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    for (const std::string& alias : info.aliases) {
      EXPECT_TRUE(names.insert(alias).second) << alias;
      EXPECT_EQ(BuildModel(alias).value().name, info.name);
    }
    EXPECT_FALSE(info.source.empty()) << info.name;
    EXPECT_EQ(info.date.size(), 10U) << info.name;
  }
}

TEST(Models, OfImagesHaveTheOperationsAndActivationsThatTimmCounts) {
  // huggingface/pytorch-image-models@c865028c results/benchmark-train-amp-nchw-pt112: 10⁹
  // multiply–adds and 10⁶ outputs of products, to two decimals. Their counter adds two operations
  // per element of a batch norm, five of a layer norm, and one of what is averaged.
  struct Row {
    std::string_view model;
    std::int64_t image;
    double gmacs;
    double mactivations;
    std::int64_t classes = 1000;
  };
  for (const Row& row :
       {Row{"resnet34", 224, 3.67, 3.74}, Row{"resnet101", 224, 7.83, 16.23},
        Row{"resnet152", 224, 11.56, 22.56}, Row{"resnext50-32x4d", 224, 4.26, 14.4},
        Row{"resnext101-32x4d", 224, 8.01, 21.23}, Row{"efficientnet-b0", 224, 0.4, 6.75},
        Row{"efficientnet-b6", 528, 19.4, 167.39}, Row{"efficientnet-b7", 600, 38.33, 289.94},
        Row{"vgg16", 224, 15.47, 13.56}, Row{"vgg19", 224, 19.63, 14.86},
        Row{"vit-small-16", 224, 4.61, 11.95}, Row{"vit-base-16", 224, 17.58, 23.9},
        Row{"vit-base-16", 384, 55.54, 101.56}, Row{"vit-base-32", 224, 4.41, 5.01},
        Row{"vit-large-16", 224, 61.6, 63.52}, Row{"vit-large-32", 224, 15.41, 13.32, 21843},
        Row{"vit-huge-14", 224, 167.43, 139.43, 21843}}) {
    const Graph graph =
        BuildModel(row.model,
                   {.image = row.image, .classes = row.classes, .has_fused_attention = false})
            .value();
    const bool is_transformer = graph.family == "vision transformer";
    double macs = 0;
    double outputs = 0;
    for (const Block& block : graph.blocks) {
      for (const Operator& op : block.operators) {
        const auto n = static_cast<double>(block.count);
        if (IsMatrix(op.kind)) {
          macs += n * static_cast<double>(op.forward_ops) / 2;
          outputs += n * static_cast<double>(op.forward_writes);
        } else if (op.kind == OpKind::kNorm) {
          macs += n * (is_transformer ? 5 : 2) * static_cast<double>(op.forward_reads);
        } else if (op.kind == OpKind::kPool && op.kept == 0 && block.path == "head") {
          macs += n * static_cast<double>(op.forward_reads);
        }
      }
    }
    EXPECT_NEAR(macs / 1e9, row.gmacs, 0.0051 + 0.0005 * row.gmacs) << row.model;
    EXPECT_NEAR(outputs / 1e6, row.mactivations, 0.0051) << row.model;
  }
}

TEST(Models, AnUnknownNameIsAnsweredWithTheNearest) {
  const auto graph = BuildModel("lama3-8b");
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(graph.error().hint, HasSubstr("llama3-8b"));
  EXPECT_THAT(BuildModel("llama3").error().hint, HasSubstr("llama3-8b"));
}

TEST(Models, AnOptionThatTheFamilyLacksIsRefused) {
  EXPECT_THAT(BuildModel("resnet50", {.sequence = 1024}).error().what,
              HasSubstr("ResNet-50 has no sequence"));
  EXPECT_THAT(BuildModel("llama3-8b", {.image = 224}).error().what, HasSubstr("has no image"));
}

TEST(Models, APictureThatDoesNotDivideIsRefusedWithOneThatDoes) {
  EXPECT_THAT(BuildModel("vit-base-16", {.image = 225}).error().hint, HasSubstr("--image 224"));
  EXPECT_FALSE(BuildModel("resnet50", {.image = 0}));
  EXPECT_FALSE(BuildModel("resnet50", {.image = 1'000'000'000'000'000'000}));
  EXPECT_FALSE(BuildModel("resnet50", {.classes = -1}));
  EXPECT_FALSE(BuildModel("sdxl", {.image = 30}));
}

TEST(Models, AnotherSequenceChangesOperationsAndPositionsOnly) {
  const Totals usual = Sum(BuildModel("llama3-8b").value());
  const Totals longer = Sum(BuildModel("llama3-8b", {.sequence = 16384}).value());
  EXPECT_EQ(usual.parameters, longer.parameters);
  EXPECT_GT(longer.forward_ops, 2 * usual.forward_ops);
}

TEST(Models, AKeyThatIsNotKnownIsRefusedWithItsPlace) {
  const auto models = CheckModels(
      "[[vgg]]\nname = \"a\"\ntitle = \"A\"\nsource = \"s\"\ndate = 2026-01-01\ndepth = [1]\n",
      "mine.toml");
  ASSERT_FALSE(models);
  EXPECT_THAT(Describe(models.error()), HasSubstr("mine.toml:6:9: unknown key 'depth'"));
  EXPECT_THAT(models.error().hint, HasSubstr("depths"));
}

}  // namespace
}  // namespace epochcost::estimate
