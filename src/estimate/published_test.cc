// Predictions beside a few published measurements. Rows are facts, copied with their source.
#include <gtest/gtest.h>

#include <cmath>

#include "estimate/graph/transformer.h"
#include "estimate/predict.h"

namespace epochcost::estimate {
namespace {

Machine Of(const char* name, double node_bandwidth) {
  const Device device = FindDevice(name).value();
  return MachineOf(device, FindLink(device.node_link).value(), node_bandwidth);
}

// NVIDIA/Megatron-LM@d98e8a6 tests/functional_tests/test_cases/gpt: bytes that the allocator counts
// on the last rank. 12 layers of 512, 8 heads, 1024 tokens, GPT-2's vocabulary, attention in
// separate kernels.
struct Golden {
  const char* name;
  std::int64_t tensor, pipeline, chunks;
  bool has_distributed_optimizer;
  double steady, peak;
};
constexpr Golden kGolden[] = {
    {"gpt3_mcore_te_tp1_pp2_rope_embeddings", 1, 2, 1, false, 886.0e6, 3570.0e6},
    {"gpt3_mcore_te_tp1_pp4_sequence_parallel", 1, 4, 1, false, 719.2e6, 2685.8e6},
    {"gpt3_mcore_te_tp1_pp4_vp1", 1, 4, 3, false, 733.9e6, 4122.7e6},
    {"gpt3_mcore_te_tp1_pp1_dist_optimizer_no_mmap_bin_files", 1, 1, 1, true, 552.1e6, 4673.1e6},
};

TEST(Memory, AgreesWithWhatMegatronsAllocatorCounted) {
  constexpr double kWorkspace = 75e6;  // of the libraries, beside the model's tensors
  for (const Golden& golden : kGolden) {
    SCOPED_TRACE(golden.name);
    TransformerShape shape;
    shape.name = golden.name;
    shape.layers = 12;
    shape.hidden = 512;
    shape.heads = 8;
    shape.ffn_hidden = 2048;
    shape.vocabulary = 50304;
    shape.sequence = 1024;
    shape.is_tied = true;
    shape.has_bias = true;
    shape.has_dropout = true;
    shape.has_fused_attention = false;
    const Graph graph = Transformer(shape).value();
    Strategy strategy{.data = 8 / (golden.tensor * golden.pipeline),
                      .tensor = golden.tensor,
                      .pipeline = golden.pipeline,
                      .chunks = golden.chunks,
                      .micro_batch = 4};
    strategy.accumulation = 32 / (strategy.data * 4);
    if (golden.has_distributed_optimizer) strategy.sharding = Sharding::kOptimizer;
    const StageMemory last = LayOutMemory(graph, strategy).stages.back();
    // A tied embedding stands on the last stage once more: 18 bytes a parameter.
    const double copy = golden.pipeline > 1 ? 18.0 * 50304 * 512 : 0;
    EXPECT_NEAR((last.Steady() + copy + kWorkspace) / golden.steady, 1, 0.04);
    EXPECT_NEAR((last.Peak() + copy + kWorkspace) / golden.peak, 1, 0.04);
  }
}

TEST(Predict, AgreesWithARunOfMpt7bOnEightA100) {
  // mosaicml/llm-foundry@8c8dd48f scripts/train/benchmarking/README.md: 4641 tokens/s and GPU,
  // micro-batch 6 × 2, 2048 tokens, fully sharded, not recomputed.
  TransformerShape shape;
  shape.name = "mpt-7b";
  shape.layers = 32;
  shape.hidden = 4096;
  shape.heads = 32;
  shape.ffn_hidden = 16384;
  shape.vocabulary = 50368;
  shape.sequence = 2048;
  shape.is_tied = true;
  shape.has_bias = true;
  shape.positions = Positions::kLearned;
  const Machine machine = Of("A100-80GB", 200e9);
  const auto estimate =
      Predict(std::make_shared<const Graph>(Transformer(shape).value()),
              {.data = 8, .sharding = Sharding::kParameters, .micro_batch = 6, .accumulation = 2},
              machine, ShippedCalibration(machine, Precision::kBf16))
          .value();
  const double measured = 96.0 * 2048 / (4641.0 * 8);
  EXPECT_GT(measured, estimate.step_seconds.low);
  EXPECT_LT(measured, estimate.step_seconds.high);
  EXPECT_TRUE(estimate.fits);
}

TEST(Power, OfANodeOfEightH100IsWhatMlperfMetered) {
  // mlcommons/training_results_v4.0 smc-ac-power: 6.75 to 7.1 kW while training.
  const Power power = DrawnPower(Of("H100", 400e9), 8, 1);
  EXPECT_NEAR(power.node_watts, 6950, 350);
  EXPECT_NEAR(DrawnPower(Of("H100", 400e9), 64, 1).watts, 8 * power.node_watts, 1);
}

}  // namespace
}  // namespace epochcost::estimate
