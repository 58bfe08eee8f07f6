// Korthikanti et al. 2022 (arXiv 2205.05198): the paper's configurations, tensor-parallel by eight.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "estimate/graph/transformer.h"
#include "estimate/memory/memory.h"
#include "others.h"

namespace epochcost::accuracy {
namespace {

using estimate::Graph;
using estimate::MemoryPart;
using estimate::Recompute;
using estimate::StageMemory;
using estimate::Strategy;

struct Configuration {
  std::int64_t hidden, heads, layers, pipeline, chunks, batch, micro_batch;
};

// Table 3 of the paper.
const std::map<std::string, Configuration>& Configurations() {
  static const std::map<std::string, Configuration> kAll = {
      {"22B", {6144, 64, 48, 1, 1, 4, 4}},
      {"175B", {12288, 96, 96, 8, 3, 64, 1}},
      {"530B", {20480, 128, 105, 35, 3, 280, 1}},
      {"1T", {25600, 160, 128, 64, 1, 512, 1}}};
  return kAll;
}

Graph LayersOf(const std::string& name, const Configuration& configuration) {
  estimate::TransformerShape shape;
  shape.name = name;
  shape.layers = configuration.layers;
  shape.hidden = configuration.hidden;
  shape.heads = configuration.heads;
  shape.ffn_hidden = 4 * configuration.hidden;
  shape.vocabulary = 51200;
  shape.sequence = 2048;
  shape.is_tied = true;
  shape.has_dropout = true;
  shape.has_fused_attention = false;
  Graph graph = Transformer(shape).value();
  // The paper counts the layers alone.
  std::erase_if(graph.blocks, [](const estimate::Block& block) { return !block.is_layer; });
  graph.logits = 0;
  return graph;
}

Strategy StrategyOf(const Configuration& configuration, const std::string& mode) {
  Strategy strategy;
  strategy.tensor = 8;
  strategy.pipeline = configuration.pipeline;
  strategy.chunks = configuration.chunks;
  strategy.micro_batch = configuration.micro_batch;
  strategy.accumulation = configuration.batch / configuration.micro_batch;
  strategy.precision = Precision::kFp16;
  strategy.has_sequence_parallel = mode.find("SP") != std::string::npos;
  if (mode.find("selective") != std::string::npos) strategy.recompute = Recompute::kSelective;
  if (mode.find("full") != std::string::npos) strategy.recompute = Recompute::kFull;
  return strategy;
}

double Activations(const Graph& graph, const Strategy& strategy) {
  return LayOutMemory(graph, strategy).stages.front()[MemoryPart::kActivations];
}

// Milliseconds of one layer: forward, backward with what is computed again, or both.
double LayerTime(const Graph& graph, const Strategy& strategy, const std::string& metric) {
  const estimate::Machine machine = MachineOf("A100-SXM-80GB", 200e9);
  const auto times = TimeBlocks(graph, strategy, machine, estimate::Constants());
  const auto& layer = times.blocks.front();
  const double again = strategy.recompute == Recompute::kFull ? layer.compute.again + layer.tensor
                       : strategy.recompute == Recompute::kSelective ? layer.again_selective
                                                                     : 0;
  const double forward = layer.compute.forward + layer.tensor;
  const double backward = layer.compute.backward + layer.tensor + again;
  return 1000 * (metric == "fwd_time"   ? forward
                 : metric == "bwd_time" ? backward
                                        : forward + backward);
}

}  // namespace

Result<std::vector<Scored>> ScoreKorthikanti(const std::string& directory) {
  const auto table = ReadTable(directory, "korthikanti2022_recompute.csv");
  if (!table) return tl::unexpected(table.error());
  std::vector<Scored> scored;
  for (const Row& row : table->Rows()) {
    const std::string item = row.Text("item");
    if (item == "config") continue;
    const std::string metric = row.Text("metric");
    const std::string mode = row.Text("mode");
    const std::string model = row.Text("model").substr(0, row.Text("model").find(' '));
    Scored one{.table = "korthikanti", .label = item + " " + model + " " + mode + " " + metric};
    one.measured = row.Number("value").value_or(0);
    const auto at = Configurations().find(model);
    if (at == Configurations().end() || one.measured <= 0) {
      one.row_class = item;
      one.refusal = "no such configuration in the paper";
      scored.push_back(std::move(one));
      continue;
    }
    const Graph graph = LayersOf(model, at->second);
    const Strategy strategy = StrategyOf(at->second, mode);
    constexpr double kGibibyte = 1024.0 * 1024 * 1024;
    if (metric == "params+optimizer memory") {
      one.row_class = "parameters, optimizer";
      one.predicted = LayOutMemory(graph, strategy).stages.front().Steady() / kGibibyte;
    } else if (metric == "activation memory") {
      one.row_class = "activations";
      one.predicted = Activations(graph, strategy) / kGibibyte;
    } else if (metric == "activation memory vs no-recompute") {
      one.row_class = "activations, part of all";
      one.predicted =
          100 * Activations(graph, strategy) / Activations(graph, StrategyOf(at->second, "none"));
    } else if (item == "Table4") {
      one.row_class = "time of a layer";
      one.predicted = LayerTime(graph, strategy, metric);
    } else {
      one.row_class = item;
      one.refusal = "this figure of the paper is not predicted";
    }
    scored.push_back(std::move(one));
  }
  return scored;
}

}  // namespace epochcost::accuracy
