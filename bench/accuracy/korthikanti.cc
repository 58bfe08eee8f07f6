// Korthikanti et al. 2022 (arXiv 2205.05198): the paper's configurations, tensor-parallel by eight.
#include <fmt/format.h>

#include <algorithm>

#include "estimate/memory/memory.h"
#include "korthikanti_models.h"
#include "others.h"

namespace epochcost::accuracy {
namespace {

using estimate::Graph;
using estimate::MemoryPart;
using estimate::Recompute;
using estimate::StageMemory;
using estimate::Strategy;

Graph LayersOf(const KorthikantiModel& model) {
  estimate::TransformerShape shape = model.Shape();
  shape.has_dropout = true;
  Graph graph = Transformer(shape).value();
  // The paper counts the layers alone.
  std::erase_if(graph.blocks, [](const estimate::Block& block) { return !block.is_layer; });
  graph.logits = 0;
  return graph;
}

Strategy StrategyOf(const KorthikantiModel& model, const std::string& mode) {
  Strategy strategy;
  strategy.tensor = 8;
  strategy.pipeline = model.pipeline;
  strategy.chunks = model.chunks;
  strategy.micro_batch = model.micro_batch;
  strategy.accumulation = model.batch / model.micro_batch;
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
    const auto at = std::ranges::find(kKorthikantiModels, model, &KorthikantiModel::name);
    if (at == kKorthikantiModels.end() || one.measured <= 0) {
      one.row_class = item;
      one.refusal = "no such configuration in the paper";
      scored.push_back(std::move(one));
      continue;
    }
    const Graph graph = LayersOf(*at);
    const Strategy strategy = StrategyOf(*at, mode);
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
          100 * Activations(graph, strategy) / Activations(graph, StrategyOf(*at, "none"));
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
