// BigScience, vTrain and Megatron-LM: tensor, pipeline and data parallelism in the row.
#include <fmt/format.h>

#include <cmath>

#include "estimate/graph/transformer.h"
#include "steps.h"

namespace epochcost::accuracy {
namespace {

using estimate::Graph;
using estimate::TransformerShape;

TransformerShape Gpt(std::int64_t hidden, std::int64_t layers, std::int64_t heads,
                     std::int64_t sequence, std::int64_t vocabulary) {
  TransformerShape shape;
  shape.name = fmt::format("gpt-{}x{}", layers, hidden);
  shape.hidden = hidden;
  shape.layers = layers;
  shape.heads = heads;
  shape.ffn_hidden = 4 * hidden;
  shape.vocabulary = vocabulary;
  shape.sequence = sequence;
  shape.is_tied = true;
  shape.positions = estimate::Positions::kLearned;
  shape.has_bias = true;
  shape.has_dropout = true;
  shape.has_fused_attention = false;
  return shape;
}

void Give(StepCase& one, const TransformerShape& shape) {
  auto graph = Transformer(shape);
  if (!graph) {
    one.refusal = graph.error().what;
    return;
  }
  one.run.graph = std::make_shared<const Graph>(std::move(*graph));
}

// The most usual number of heads for a width: that nearest to 128 columns each, divisible by tp.
std::int64_t LikelyHeads(std::int64_t hidden, std::int64_t tensor) {
  std::int64_t best = tensor;
  for (std::int64_t heads = tensor; heads <= hidden / 32; heads += tensor) {
    if (hidden % heads != 0) continue;
    const auto off = [hidden](std::int64_t n) {
      return std::abs(std::log(static_cast<double>(hidden) / static_cast<double>(n) / 128));
    };
    if (off(heads) < off(best)) best = heads;
  }
  return best;
}

}  // namespace

Result<std::vector<StepCase>> ReadBigScience(const std::string& directory) {
  const auto table = ReadTable(directory, "bigscience_jeanzay_3d_throughput.csv");
  if (!table) return tl::unexpected(table.error());
  std::vector<StepCase> cases;
  for (const Row& row : table->Rows()) {
    StepCase one;
    one.table = "bigscience";
    one.row_class = "jean zay";
    const std::int64_t gpus = row.Count("gpus");
    auto& strategy = one.run.strategy;
    strategy.tensor = row.Count("tp", 1);
    strategy.pipeline = row.Count("pp", 1);
    // A row that says more replicas than there are devices has the division of its neighbours.
    strategy.data = gpus / (strategy.tensor * strategy.pipeline);
    strategy.micro_batch = row.Count("micro_batch", 1);
    std::int64_t batch = row.Count("global_batch", 1);
    if (row.Text("flag").find("GBS=512") != std::string::npos) batch = 512;
    strategy.accumulation = batch / (strategy.micro_batch * strategy.data);
    strategy.sharding =
        row.Text("zero_stage") == "0" ? estimate::Sharding::kNone : estimate::Sharding::kOptimizer;
    strategy.recompute = estimate::Recompute::kFull;
    strategy.precision = Precision::kBf16;
    strategy.gradient_bytes = 2;
    strategy.has_overlap = false;
    one.model = row.Text("hidden") + "x" + row.Text("layers");
    one.label =
        fmt::format("{} {} gpus tp {} pp {} dp {} mb {}{}", one.model, gpus, strategy.tensor,
                    strategy.pipeline, strategy.data, strategy.micro_batch,
                    row.Text("zero_stage").empty() ? "" : " zero " + row.Text("zero_stage"));
    one.configuration = one.label;
    if (row.Text("flag").find("swapped") != std::string::npos) {
      one.refusal = "the row's own flag doubts its time";
    }
    one.measured = row.Number("sec_per_it").value_or(0);
    const std::int64_t hidden = row.Count("hidden");
    const std::int64_t heads = row.Count("heads", LikelyHeads(hidden, strategy.tensor));
    Give(one, Gpt(hidden, row.Count("layers"), heads, row.Count("seq_len", 2048), 250880));
    // Omni-Path, four ports of 100 Gb/s a node.
    one.run.machine = MachineOf("A100-SXM-80GB", 50e9);
    one.run.stack = "megatron-deepspeed/jean-zay";
    if (one.run.graph) {
      one.run.likeness = {.coordinates = StandardCoordinates(one.run),
                          .names = {one.model, fmt::format("pp {}", strategy.pipeline)}};
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

Result<std::vector<StepCase>> ReadVtrain(const std::string& directory) {
  const auto table = ReadTable(directory, "vtrain_a100_multinode_measured.csv");
  if (!table) return tl::unexpected(table.error());
  std::vector<StepCase> cases;
  for (const Row& row : table->Rows()) {
    StepCase one;
    one.table = "vtrain";
    one.row_class = "multi-node";
    auto& strategy = one.run.strategy;
    strategy.tensor = row.Count("tp", 1);
    strategy.pipeline = row.Count("pp", 1);
    strategy.data = row.Count("dp", 1);
    strategy.micro_batch = row.Count("micro_batch", 1);
    strategy.accumulation = row.Count("global_batch") / (strategy.micro_batch * strategy.data);
    strategy.recompute = estimate::Recompute::kFull;
    strategy.precision = Precision::kFp16;
    strategy.gradient_bytes = 2;
    strategy.has_overlap = false;
    one.model = row.Text("params_b") + "B";
    one.label =
        fmt::format("{} on {} tp {} pp {} dp {} mb {}", one.model, row.Text("gpus"),
                    strategy.tensor, strategy.pipeline, strategy.data, strategy.micro_batch);
    one.configuration = one.label;
    one.measured = row.Number("iter_time_ms").value_or(0) / 1000;
    Give(one, Gpt(row.Count("hidden"), row.Count("layers"), row.Count("heads"),
                  row.Count("seq_len", 2048), 51200));
    one.run.machine = MachineOf("A100-SXM-80GB", 100e9);
    one.run.stack = "megatron-deepspeed/a100";
    if (one.run.graph) {
      one.run.likeness = {
          .coordinates = StandardCoordinates(one.run),
          .names = {one.model, fmt::format("tp {} pp {}", strategy.tensor, strategy.pipeline)}};
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

Result<std::vector<StepCase>> ReadMegatron(const std::string& directory) {
  const auto table = ReadTable(directory, "megatron_lm_tables.csv");
  if (!table) return tl::unexpected(table.error());
  std::vector<StepCase> cases;
  for (const Row& row : table->Rows()) {
    StepCase one;
    one.table = "megatron";
    one.row_class = row.Text("gpu");
    auto& strategy = one.run.strategy;
    const std::int64_t gpus = row.Count("gpus");
    strategy.tensor = row.Count("tp", 1);
    strategy.pipeline = row.Count("pp", 1);
    strategy.data = row.Count("dp", gpus / (strategy.tensor * strategy.pipeline));
    // The paper's table does not say the micro-batch; its text names 1 to 4 as best.
    strategy.micro_batch = row.Count("micro_batch", strategy.pipeline > 1 ? 1 : 4);
    strategy.accumulation = row.Count("global_batch") / (strategy.micro_batch * strategy.data);
    strategy.chunks = 1;
    strategy.recompute = estimate::Recompute::kFull;
    strategy.precision = Precision::kFp16;
    strategy.gradient_bytes = 2;
    strategy.has_overlap = false;
    one.model = row.Text("model");
    one.label =
        fmt::format("{} on {} tp {} pp {}", one.model, gpus, strategy.tensor, strategy.pipeline);
    one.configuration = one.label;
    one.measured = row.Number("iter_time_s").value_or(0);
    Give(one, Gpt(row.Count("hidden"), row.Count("layers"), row.Count("heads"),
                  row.Count("seq_len", 2048), row.Count("vocab", 51200)));
    one.run.machine = MachineOf("A100-SXM-80GB", 200e9);
    one.run.stack = "megatron-lm/a100";
    if (one.run.graph) {
      one.run.likeness = {.coordinates = StandardCoordinates(one.run), .names = {one.model, ""}};
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace epochcost::accuracy
