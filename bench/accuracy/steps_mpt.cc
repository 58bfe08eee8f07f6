// MPT on FSDP: models by size, the whole configuration in the row.
#include <fmt/format.h>

#include <map>

#include "estimate/graph/transformer.h"
#include "steps.h"

namespace epochcost::accuracy {
namespace {

using estimate::Graph;
using estimate::TransformerShape;

struct Size {
  std::int64_t hidden, layers, heads;
};

// llm-foundry scripts/train/yamls/pretrain/mpt-*.yaml
const std::map<std::string, Size>& Sizes() {
  static const std::map<std::string, Size> kSizes = {
      {"125m", {768, 12, 12}}, {"350m", {1024, 24, 16}}, {"760m", {1536, 24, 12}},
      {"1b", {2048, 24, 16}},  {"3b", {2560, 32, 20}},   {"7b", {4096, 32, 32}},
      {"13b", {5120, 40, 40}}, {"30b", {7168, 48, 56}},  {"70b", {8192, 80, 64}}};
  return kSizes;
}

Result<Graph> GraphOf(const std::string& size, std::int64_t sequence) {
  const auto at = Sizes().find(size);
  if (at == Sizes().end()) return Fail(ErrorCode::kNotFound, "no such MPT model: " + size);
  TransformerShape shape;
  shape.name = "mpt-" + size;
  shape.hidden = at->second.hidden;
  shape.layers = at->second.layers;
  shape.heads = at->second.heads;
  shape.ffn_hidden = 4 * shape.hidden;
  shape.vocabulary = 50368;
  shape.sequence = sequence;
  shape.is_tied = true;
  shape.positions = estimate::Positions::kLearned;
  shape.has_bias = true;
  return Transformer(shape);
}

}  // namespace

Result<std::vector<StepCase>> ReadMpt(const std::string& directory) {
  const auto table = ReadTable(directory, "llmfoundry_mpt_benchmarks.csv");
  if (!table) return tl::unexpected(table.error());
  std::vector<StepCase> cases;
  for (const Row& row : table->Rows()) {
    StepCase one;
    one.table = "mpt";
    const std::string gpu = row.Text("gpu");
    const bool is_fp8 = row.Text("precision").find("fp8") != std::string::npos;
    one.row_class = gpu + (is_fp8 ? " fp8" : "");
    one.model = row.Text("model");
    const std::int64_t gpus = row.Count("gpus");
    one.label = fmt::format("{} seq {} on {} × {}, {}×{}", one.model, row.Text("seq_len"), gpus,
                            gpu, row.Text("micro_batch"), row.Text("grad_accum"));
    one.configuration = one.label + row.Text("act_ckpt") + row.Text("mp_mode");
    const auto rate = row.Number("throughput_tok_s_gpu");
    const auto tokens = row.Number("global_batch_tokens");
    if (rate && tokens) one.measured = *tokens / (*rate * static_cast<double>(gpus));
    auto graph = GraphOf(one.model, row.Count("seq_len"));
    if (!graph) {
      one.refusal = graph.error().what;
      cases.push_back(std::move(one));
      continue;
    }
    one.run.graph = std::make_shared<const Graph>(std::move(*graph));
    auto& strategy = one.run.strategy;
    strategy.data = gpus;
    strategy.micro_batch = row.Count("micro_batch", 1);
    strategy.accumulation = row.Count("grad_accum", 1);
    strategy.sharding = row.Text("sharding") == "FULL_SHARD" ? estimate::Sharding::kParameters
                                                             : estimate::Sharding::kGradients;
    strategy.recompute =
        row.Text("act_ckpt") == "True" ? estimate::Recompute::kFull : estimate::Recompute::kNone;
    // The rows in mixed precision were measured with a PyTorch that stops early.
    strategy.has_early_stop = row.Text("mp_mode") != "PURE";
    strategy.has_fused_kernels = false;
    strategy.precision = is_fp8 ? Precision::kFp8 : Precision::kBf16;
    strategy.gradient_bytes = row.Text("mp_mode") == "PURE" ? 2 : 4;
    const bool is_hopper = gpu.starts_with("h100");
    one.run.machine = MachineOf(is_hopper                             ? "H100"
                                : gpu.find("40") != std::string::npos ? "A100-SXM-40GB"
                                                                      : "A100-SXM-80GB",
                                is_hopper ? 400e9 : 200e9);
    one.run.stack = "llm-foundry/" + one.row_class;
    one.run.likeness = {.coordinates = StandardCoordinates(one.run),
                        .names = {one.model, fmt::format("{}", gpus)}};
    cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace epochcost::accuracy
