// NVIDIA's DGX Cloud recipes: what a row does not say follows from the recipe's model.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <regex>

#include "estimate/graph/transformer.h"
#include "steps.h"

namespace epochcost::accuracy {
namespace {

using estimate::Graph;
using estimate::TransformerShape;

struct Recipe {
  std::string framework;
  TransformerShape shape;
  std::int64_t tensor = 1, pipeline = 1, context = 1, chunks = 1, micro_batch = 1;
  std::int64_t accumulation = 0;  // 0: from the row's global batch
  bool is_fully_sharded = false;
  std::int64_t most_shards = 1 << 20;
  bool is_recomputed = false;
};

TransformerShape Shape(const char* name, std::int64_t layers, std::int64_t hidden,
                       std::int64_t heads, std::int64_t kv_heads, std::int64_t ffn,
                       std::int64_t vocabulary, std::int64_t sequence, bool is_gated) {
  TransformerShape shape;
  shape.name = name;
  shape.layers = layers;
  shape.hidden = hidden;
  shape.heads = heads;
  shape.kv_heads = kv_heads;
  shape.ffn_hidden = ffn;
  shape.vocabulary = vocabulary;
  shape.sequence = sequence;
  shape.is_gated = is_gated;
  return shape;
}

// The published configurations of the models; and of the recipes, what their titles say.
const std::map<std::string, Recipe>& Recipes() {
  static const std::map<std::string, Recipe> kRecipes = [] {
    std::map<std::string, Recipe> all;
    all["llama3.1/8b"] = {"nemo", Shape("llama3.1-8b", 32, 4096, 32, 8, 14336, 128256, 8192, true)};
    all["llama3.1/70b"] = {"nemo",
                           Shape("llama3.1-70b", 80, 8192, 64, 8, 28672, 128256, 8192, true)};
    all["llama3.1/405b"] = {"nemo",
                            Shape("llama3.1-405b", 126, 16384, 128, 8, 53248, 128256, 8192, true)};
    all["nemotron/15b"] = {"nemo",
                           Shape("nemotron4-15b", 32, 6144, 48, 8, 24576, 256000, 4096, false)};
    all["nemotron/340b"] = {"nemo",
                            Shape("nemotron4-340b", 96, 18432, 96, 8, 73728, 256000, 4096, false)};
    all["nemo_megatron/175b"] = {"nemo",
                                 Shape("gpt3-175b", 96, 12288, 96, 96, 49152, 51200, 2048, false)};
    all["paxml/175b"] = {"paxml", Shape("gpt3-175b", 96, 12288, 96, 96, 49152, 50304, 2048, false)};
    all["paxml/5b"] = {"paxml", Shape("gpt3-5b", 24, 4096, 32, 32, 16384, 50304, 2048, false)};
    all["maxtext/70b"] = {"maxtext",
                          Shape("llama2-70b", 80, 8192, 64, 8, 28672, 32000, 4096, true)};
    all["grok1/314b"] = {"nemo", Shape("grok1-314b", 64, 6144, 48, 8, 32768, 131072, 8192, true)};
    all["grok1/314b"].shape.experts = {.count = 8, .per_token = 2, .ffn_hidden = 32768};
    for (const char* name : {"paxml/175b", "paxml/5b", "maxtext/70b"}) {
      all[name].is_fully_sharded = true;
      all[name].shape.has_fused_attention = std::string(name) == "maxtext/70b";
      all[name].is_recomputed = std::string(name) == "paxml/175b";
    }
    return all;
  }();
  return kRecipes;
}

// "llama3.1/README_405b.md" → "llama3.1/405b"
std::string RecipeName(const std::string& file) {
  static const std::regex kForm("([^/]+)/README_([0-9a-z]+)\\.md");
  std::smatch match;
  return std::regex_search(file, match, kForm) ? match[1].str() + "/" + match[2].str() : file;
}

// "GPUs=8;SeqLen=4096;Layers=2": the number of `key`.
std::int64_t Field(const std::string& text, const std::string& key, std::int64_t otherwise) {
  std::smatch match;
  const std::regex form("(^|;)" + key + "=([0-9]+)");
  return std::regex_search(text, match, form) ? std::stoll(match[2].str()) : otherwise;
}

// "(TP=4, PP=1, …)" in a title.
std::int64_t InTitle(const std::string& title, const std::string& key, std::int64_t otherwise) {
  std::smatch match;
  const std::regex form("[(, ]" + key + " ?= ?([0-9]+)");
  return std::regex_search(title, match, form) ? std::stoll(match[1].str()) : otherwise;
}

}  // namespace

Result<std::vector<StepCase>> ReadDgxc(const std::string& directory) {
  const auto table = ReadTable(directory, "nvidia_dgxc_h100_gb200_steptimes.csv");
  if (!table) return tl::unexpected(table.error());
  std::vector<StepCase> cases;
  for (const Row& row : table->Rows()) {
    StepCase one;
    one.table = "dgxc";
    const std::string precision = row.Text("dtype");
    const std::string recipe_name = RecipeName(row.Text("recipe_file"));
    const bool is_proxy = row.Text("flag").find("proxy") != std::string::npos;
    one.row_class = row.Text("gpu") + " " + precision + (is_proxy ? " reduced" : "");
    one.model = recipe_name;
    const std::int64_t gpus = row.Count("gpus");
    one.label = fmt::format("{} {} on {}", recipe_name, precision, gpus);
    one.configuration = one.label + row.Text("gbs");
    one.measured = row.Number("step_time_s").value_or(0);
    const auto at = Recipes().find(recipe_name);
    if (at == Recipes().end()) {
      one.refusal = "no model of this recipe is known";
      cases.push_back(std::move(one));
      continue;
    }
    Recipe recipe = at->second;
    const std::string title = row.Text("table_title");
    const std::string config = row.Text("config_candidates");
    auto& strategy = one.run.strategy;
    const auto say = [&](const char* column, const char* key) {
      return Field(config, key, row.Count(column, InTitle(title, key, 1)));
    };
    strategy.tensor = say("tp", "TP");
    strategy.pipeline = say("pp", "PP");
    if (recipe_name == "llama3.1/8b" && strategy.pipeline > 32) strategy.pipeline = 1;  // misprint
    strategy.context = say("cp", "CP");
    strategy.chunks = say("vp", "VP");
    strategy.micro_batch = say("mbs", "MBS");
    strategy.expert = Field(config, "EP", 1);
    recipe.shape.layers = Field(config, "Layers", recipe.shape.layers);
    recipe.shape.sequence = Field(config, "SeqLen", recipe.shape.sequence);
    if (is_proxy && config.empty()) {
      // The whole model's layers per stage on fewer stages: half of them on the smallest machines.
      const std::int64_t per_stage = recipe.shape.layers / strategy.pipeline;
      const std::int64_t stages = gpus <= 32 ? 1 : 3;
      recipe.shape.layers = (gpus <= 96 ? per_stage / 2 : per_stage) * stages;
      strategy.pipeline = stages;
      strategy.chunks = stages == 1 ? 1 : strategy.chunks;
    }
    if (strategy.pipeline == 1) strategy.chunks = 1;
    const std::int64_t inner = strategy.tensor * strategy.pipeline * strategy.context;
    strategy.data = std::max<std::int64_t>(gpus / inner, 1);
    const std::int64_t batch = Field(config, "GBS", row.Count("gbs", 0));
    strategy.accumulation =
        batch > 0 ? batch / (strategy.data * strategy.micro_batch) : say("ga", "GA");
    strategy.accumulation = std::max<std::int64_t>(strategy.accumulation, 1);
    if (strategy.expert > 1) strategy.data = std::max(strategy.data, std::int64_t{1});
    strategy.has_sequence_parallel = strategy.tensor > 1;
    strategy.sharding =
        recipe.is_fully_sharded ? estimate::Sharding::kParameters : estimate::Sharding::kOptimizer;
    strategy.recompute =
        recipe.is_recomputed ? estimate::Recompute::kFull : estimate::Recompute::kNone;
    strategy.gradient_bytes = 2;
    strategy.has_tensor_overlap = true;
    strategy.precision = precision == "FP8" ? Precision::kFp8 : Precision::kBf16;
    auto graph = Transformer(recipe.shape);
    if (!graph) {
      one.refusal = graph.error().what;
      cases.push_back(std::move(one));
      continue;
    }
    one.run.graph = std::make_shared<const Graph>(std::move(*graph));
    one.run.machine = MachineOf("H100", 400e9);
    one.run.stack = fmt::format("{}/{} {}", recipe.framework, row.Text("gpu"), precision);
    one.run.likeness = {.coordinates = StandardCoordinates(one.run),
                        .names = {recipe_name, is_proxy ? one.label : ""}};
    cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace epochcost::accuracy
