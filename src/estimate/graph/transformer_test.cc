#include "estimate/graph/transformer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace epochcost::estimate {
namespace {

using testing::HasSubstr;

// MPT: learned positions, biases, tied embeddings (mosaicml/llm-foundry).
TransformerShape Mpt(std::int64_t layers, std::int64_t hidden, std::int64_t heads,
                     std::int64_t sequence) {
  return {.name = "mpt",
          .source = "mosaicml/llm-foundry",
          .layers = layers,
          .hidden = hidden,
          .heads = heads,
          .ffn_hidden = 4 * hidden,
          .vocabulary = 50368,
          .sequence = sequence,
          .is_tied = true,
          .positions = Positions::kLearned,
          .has_bias = true};
}

// GPT as Megatron trains it: dropout, the scores kept.
TransformerShape Megatron(std::int64_t layers, std::int64_t hidden, std::int64_t heads,
                          std::int64_t vocabulary) {
  TransformerShape shape = Mpt(layers, hidden, heads, 2048);
  shape.vocabulary = vocabulary;
  shape.has_fused_attention = false;
  shape.has_dropout = true;
  return shape;
}

std::int64_t Parameters(const TransformerShape& shape) {
  return static_cast<std::int64_t>(Sum(Transformer(shape).value()).parameters);
}

double Number(Wide value) { return static_cast<double>(value); }

TEST(Transformer, HasTheParametersOfThePublishedMptRuns) {
  // mosaicml/llm-foundry@8c8dd48f scripts/train/benchmarking/README.md
  EXPECT_EQ(Parameters(Mpt(12, 768, 12, 2048)), 125'311'488);
  EXPECT_EQ(Parameters(Mpt(24, 1024, 16, 512)), 354'412'544);
  EXPECT_EQ(Parameters(Mpt(24, 1536, 12, 8192)), 769'907'712);
  EXPECT_EQ(Parameters(Mpt(32, 2560, 32, 2048)), 2'651'837'440);
  EXPECT_EQ(Parameters(Mpt(32, 4096, 32, 4096)), 6'667'247'616);
  EXPECT_EQ(Parameters(Mpt(40, 5120, 40, 1024)), 12'848'711'680);
  EXPECT_EQ(Parameters(Mpt(48, 7168, 56, 2048)), 29'975'214'080);
  EXPECT_EQ(Parameters(Mpt(80, 8192, 64, 2048)), 64'862'437'376);
}

TEST(Transformer, CountsOperationsAsTheMptUtilisationsDo) {
  // Rows of the same page: tokens per second, GPUs, peak, MFU in %.
  struct Row {
    TransformerShape shape;
    double tokens_per_second;
    double gpus;
    double peak;
    double mfu;
  };
  for (const Row& row : {Row{Mpt(80, 8192, 64, 2048), 66523, 64, 989.5e12, 42.57},
                         Row{Mpt(80, 8192, 64, 2048), 11962, 32, 312e12, 48.56},
                         Row{Mpt(48, 7168, 56, 8192), 4594, 8, 312e12, 39.38},
                         Row{Mpt(32, 4096, 32, 4096), 68893, 8, 989.5e12, 40.42},
                         Row{Mpt(12, 768, 12, 8192), 723142, 8, 312e12, 48.85}}) {
    const Graph graph = Transformer(row.shape).value();
    const double mfu = Number(SixNOps(graph)) / static_cast<double>(graph.tokens_per_sample) *
                       row.tokens_per_second / row.gpus / row.peak;
    EXPECT_NEAR(100 * mfu / row.mfu, 1, 0.0005);
  }
}

TEST(Transformer, CountsOperationsAsTheBigScienceFormulaDoes) {
  // 96·B·s·L·h²·(1 + s/6h + V/16Lh): full recomputation. Rounded nowhere.
  for (const auto& [layers, hidden, heads] :
       {std::tuple{72L, 14336L, 64L}, std::tuple{70L, 14336L, 112L},
        std::tuple{64L, 11600L, 80L}}) {
    const Graph graph = Transformer(Megatron(layers, hidden, heads, 250'880)).value();
    const double s = 2048;
    const auto h = static_cast<double>(hidden);
    const auto l = static_cast<double>(layers);
    const double formula = 96 * s * l * h * h * (1 + s / (6 * h) + 250'880 / (16 * l * h));
    EXPECT_NEAR(Number(FullRecomputeOps(graph)) / formula, 1, 1e-12);
  }
}

TEST(Transformer, CountsModelAndHardwareOperationsAsKorthikantiDoes) {
  // arXiv 2205.05198, equations 7 to 9, GPT-3: 72·B·L·s·h²·(1 + s/6h + v/12hL), with the attention
  // once more where it is recomputed: 1 + s/3h + …, where s/6h is the attention's forward and
  // backward pass together and its forward pass alone a third of that.
  const Graph graph = Transformer(Megatron(96, 12288, 96, 51200)).value();
  const double s = 2048;
  const double h = 12288;
  const double base = 72 * 96 * s * h * h;
  const double logits = 51200 / (12 * h * 96);
  EXPECT_NEAR(Number(ProductOps(graph)) / (base * (1 + s / (6 * h) + logits)), 1, 1e-12);
  EXPECT_NEAR(Number(SelectiveRecomputeOps(graph)) / (base * (1 + s * 4 / (18 * h) + logits)), 1,
              1e-12);
}

TEST(Transformer, KeepsTheActivationsThatKorthikantiCounts) {
  // s·h·(34 + 5·a·s/h) bytes a layer in 16 bit; divided by tensor parallelism where it is so said.
  const Graph graph = Transformer(Megatron(96, 12288, 96, 51200)).value();
  std::int64_t whole = 0;
  std::int64_t split = 0;
  std::int64_t selective = 0;
  for (const Block& block : graph.blocks) {
    if (!block.is_layer) continue;
    for (const Operator& op : block.operators) {
      const std::int64_t bytes = 2 * op.kept + op.kept_bytes;
      (op.is_selective ? selective : op.is_kept_split ? split : whole) += bytes;
    }
  }
  EXPECT_EQ(whole, 2048L * 12288 * 10);
  EXPECT_EQ(split, 2048L * 12288 * 24);
  EXPECT_EQ(selective, 5L * 96 * 2048 * 2048);
}

TEST(Transformer, AttentionOfAFusedKernelKeepsNoScores) {
  TransformerShape shape = Megatron(2, 256, 4, 1000);
  const Wide written = Sum(Transformer(shape).value()).kept;
  shape.has_fused_attention = true;
  const Totals fused = Sum(Transformer(shape).value());
  EXPECT_LT(fused.kept, written - 2 * 4 * 2048 * 2048);
  EXPECT_EQ(fused.matrix_forward,
            Sum(Transformer(Megatron(2, 256, 4, 1000)).value()).matrix_forward);
}

TEST(Transformer, OfExpertsATokenVisitsOnlySome) {
  // Mixtral 8x7B: 46.7 billion parameters, 12.9 billion of them active.
  const TransformerShape shape{.name = "mixtral",
                               .layers = 32,
                               .hidden = 4096,
                               .heads = 32,
                               .kv_heads = 8,
                               .is_gated = true,
                               .vocabulary = 32000,
                               .sequence = 4096,
                               .experts = {.count = 8, .per_token = 2, .ffn_hidden = 14336}};
  const Totals sum = Sum(Transformer(shape).value());
  EXPECT_EQ(sum.parameters, Wide{46'702'792'704});
  EXPECT_EQ(sum.active_parameters, Wide{12'879'925'248});
}

TEST(Transformer, PathsNameTheLayer) {
  const Graph graph = Transformer(Mpt(12, 768, 12, 2048)).value();
  ASSERT_EQ(graph.blocks.size(), 3U);
  EXPECT_EQ(PathOf(graph.blocks[1], 3, graph.blocks[1].operators[1]), "layers.3.attn.qkv");
  EXPECT_EQ(PathOf(graph.blocks[0], 0, graph.blocks[0].operators[0]), "embedding.tokens");
  EXPECT_EQ(LayerCount(graph), 12);
}

TEST(Transformer, HeadsThatDoNotDivideAreRefused) {
  const auto graph = Transformer(Mpt(12, 770, 12, 2048));
  ASSERT_FALSE(graph);
  EXPECT_THAT(Describe(graph.error()), HasSubstr("hidden 770 does not divide by heads 12"));
}

TEST(Transformer, ZeroNegativeAndImmenseSizesAreRefusedByName) {
  for (const std::int64_t value : {0L, -1L, 1'000'000'000'000'000'000L}) {
    TransformerShape shape = Mpt(12, 768, 12, 2048);
    shape.sequence = value;
    const auto graph = Transformer(shape);
    ASSERT_FALSE(graph);
    EXPECT_THAT(graph.error().what, HasSubstr("sequence cannot be"));
  }
  TransformerShape shape = Mpt(12, 768, 12, 1'000'000'000);
  const auto graph = Transformer(shape);
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, ErrorCode::kOverflow);
}

TEST(Transformer, MoreExpertsPerTokenThanThereAreIsRefused) {
  TransformerShape shape = Mpt(2, 64, 2, 16);
  shape.experts = {.count = 4, .per_token = 5, .ffn_hidden = 64};
  const auto graph = Transformer(shape);
  ASSERT_FALSE(graph);
  EXPECT_THAT(Describe(graph.error()), HasSubstr("there are 4 experts"));
}

}  // namespace
}  // namespace epochcost::estimate
