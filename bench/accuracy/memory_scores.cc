// Megatron's golden runs: bytes that the allocator counts, the configuration in the row.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "estimate/calibration/least_squares.h"
#include "estimate/calibration/residual.h"
#include "estimate/graph/transformer.h"
#include "estimate/memory/memory.h"
#include "others.h"

namespace epochcost::accuracy {
namespace {

using estimate::MemoryPart;
using estimate::Strategy;
using estimate::TransformerShape;

struct Golden {
  Scored steady;
  Scored peak;
  estimate::MemoryTimeline timeline;
  std::int64_t stages = 1;
  bool is_fp16 = false;
  bool is_local = false;
  bool has_context = false;  // keeps no workspace for attention
  bool is_usable = false;
  std::string key;
  std::string name;  // of the configuration; replicates have the same
};

bool Says(const Row& row, const std::string& column) {
  return row.Text(column) == "true" || row.Text(column) == "True";
}

// Megatron pads the vocabulary to a multiple of 128 times the tensor-parallel degree.
std::int64_t Padded(std::int64_t vocabulary, std::int64_t tensor) {
  const std::int64_t multiple = 128 * tensor;
  return (vocabulary + multiple - 1) / multiple * multiple;
}

TransformerShape ShapeOf(const Row& row, const std::string& family, std::int64_t tensor) {
  TransformerShape shape;
  shape.name = row.Text("case");
  shape.layers = row.Count("num-layers");
  shape.hidden = row.Count("hidden-size");
  shape.heads = row.Count("num-attention-heads");
  shape.kv_heads = row.Count("num-query-groups");
  shape.is_gated = Says(row, "swiglu");
  // Where none is given it has two thirds, in whole tiles of 64.
  const std::int64_t usual = shape.is_gated ? 4 * shape.hidden * 2 / 3 / 64 * 64 : 4 * shape.hidden;
  shape.ffn_hidden = row.Count("ffn-hidden-size", usual);
  // The tests train on the vocabularies of GPT-2 and of BERT where they name none.
  shape.vocabulary = Padded(row.Count("vocab-size", family == "bert" ? 28996 : 50257), tensor);
  shape.sequence = row.Count("seq-length");
  shape.is_tied = !Says(row, "untie-embeddings-and-output-weights");
  shape.has_bias = shape.name.find("disable_bias") == std::string::npos;
  shape.has_dropout = true;
  // Deterministic runs compute attention in separate kernels; context parallelism cannot.
  shape.has_fused_attention =
      row.Text("transformer-impl") != "local" &&
      (row.Count("context-parallel-size", 1) > 1 || !Says(row, "deterministic-mode"));
  if (shape.name.find("rope") == std::string::npos) {
    shape.positions = estimate::Positions::kLearned;
  }
  if (family == "bert") {
    shape.head = estimate::Head::kMaskedLanguageModel;
    shape.token_types = 2;
    shape.has_pooler = true;
    shape.is_causal = false;
  }
  const std::int64_t experts = row.Count("num-experts");
  if (experts > 0) {
    shape.experts = {.count = experts,
                     .per_token = row.Count("moe-router-topk", 2),
                     .ffn_hidden = row.Count("moe-ffn-hidden-size", shape.ffn_hidden)};
  }
  return shape;
}

Strategy StrategyOf(const Row& row, std::int64_t layers) {
  Strategy strategy;
  strategy.tensor = row.Count("tensor-model-parallel-size", 1);
  strategy.pipeline = row.Count("pipeline-model-parallel-size", 1);
  strategy.context = row.Count("context-parallel-size", 1);
  // Experts may be divided less by tensor parallelism than the rest: then there are more of them.
  const std::int64_t inner = row.Count("expert-tensor-parallel-size", strategy.tensor);
  strategy.expert = std::max<std::int64_t>(
      row.Count("expert-model-parallel-size", 1) * inner / strategy.tensor, 1);
  const std::int64_t per_chunk = row.Count("num-layers-per-virtual-pipeline-stage");
  if (per_chunk > 0) {
    strategy.chunks = std::max<std::int64_t>(layers / strategy.pipeline / per_chunk, 1);
  }
  const std::int64_t gpus = row.Count("gpus_candidates", 8);
  strategy.data =
      std::max<std::int64_t>(gpus / (strategy.tensor * strategy.pipeline * strategy.context), 1);
  strategy.micro_batch = row.Count("micro-batch-size", 1);
  strategy.accumulation = std::max<std::int64_t>(
      row.Count("global-batch-size", 8) / (strategy.micro_batch * strategy.data), 1);
  strategy.has_sequence_parallel = Says(row, "sequence-parallel");
  if (Says(row, "use-distributed-optimizer")) {
    strategy.sharding = estimate::Sharding::kOptimizer;
  }
  if (row.Text("recompute-granularity") == "full") strategy.recompute = estimate::Recompute::kFull;
  strategy.precision = Says(row, "fp16") ? Precision::kFp16 : Precision::kBf16;
  return strategy;
}

Result<std::vector<Golden>> ReadGolden(const std::string& directory) {
  const auto table = ReadTable(directory, "megatron_ci_golden_iter_mem.csv");
  if (!table) return tl::unexpected(table.error());
  std::vector<Golden> all;
  for (const Row& row : table->Rows()) {
    Golden one;
    const std::string family = row.Text("family");
    const std::string name = row.Text("case");
    one.name = name;
    const std::string label = name + " " + row.Text("env");
    one.steady = {.table = "memory", .row_class = "golden, steady", .label = label};
    one.peak = {.table = "memory", .row_class = "golden, peak", .label = label};
    one.steady.measured = row.Number("mem_alloc_bytes_max").value_or(0);
    one.peak.measured = row.Number("mem_max_alloc_bytes").value_or(0);
    std::string refusal;
    if (row.Text("flag").find("exclude") != std::string::npos) refusal = "flagged: not a training";
    if (name.find("resume") != std::string::npos) {
      refusal = "a resumed run: it keeps what it loaded";
    }
    const bool is_known = family == "gpt" || family == "bert" || family == "moe";
    if (!is_known) refusal = "the row does not describe this family's model";
    if (row.Count("num-layers") == 0 || row.Count("seq-length") == 0 ||
        row.Text("tensor-model-parallel-size").empty()) {
      refusal = "the configuration is not complete";
    }
    for (const char* said : {"uneven_pipeline", "account_for", "_mla", "defer_embedding",
                             "tunable_overlap", "loss_fusion", "multi_dist"}) {
      if (name.find(said) != std::string::npos) {
        refusal = "the name of the case says what no column does";
      }
    }
    const double placed = static_cast<double>(row.Count("tensor-model-parallel-size", 1) *
                                              row.Count("pipeline-model-parallel-size", 1) *
                                              row.Count("context-parallel-size", 1));
    if (row.Text("gpus_candidates").empty() &&
        (placed > 8 || row.Text("global-batch-size").empty() || row.Text("large_model") == "1")) {
      refusal = "the row does not say its devices";
    }
    if (one.steady.measured <= 0) refusal = "the row has no bytes";
    if (refusal.empty()) {
      const Strategy strategy = StrategyOf(row, row.Count("num-layers"));
      TransformerShape shape = ShapeOf(row, family, strategy.tensor);
      auto graph = Transformer(shape);
      // Scores that no device of this table could keep are not kept.
      if (graph && LayOutMemory(*graph, strategy).stages.back().Peak() > 80e9) {
        shape.has_fused_attention = true;
        graph = Transformer(shape);
      }
      if (!graph) {
        refusal = graph.error().what;
      } else {
        one.timeline = LayOutMemory(*graph, strategy);
        one.stages = strategy.pipeline;
        one.is_fp16 = strategy.precision == Precision::kFp16;
        one.is_local = row.Text("transformer-impl") == "local";
        one.has_context = strategy.context > 1 && row.Count("num-experts") == 0;
        one.is_usable = true;
        one.key = fmt::format("{} {} tp{} pp{} vp{} cp{} ep{}", family,
                              row.Text("transformer-impl"), strategy.tensor, strategy.pipeline,
                              strategy.chunks, strategy.context, strategy.expert);
        // A tied embedding stands on the last stage again.
        if (strategy.pipeline > 1 && !Says(row, "untie-embeddings-and-output-weights")) {
          const double copy = static_cast<double>(graph->vocabulary * graph->hidden) /
                              static_cast<double>(strategy.tensor);
          auto& last = one.timeline.stages.back();
          const bool is_sharded = strategy.sharding != estimate::Sharding::kNone;
          last[MemoryPart::kParameters] += 2 * copy;
          last[MemoryPart::kGradients] += 4 * copy;
          last[MemoryPart::kOptimizer] +=
              12 * copy / (is_sharded ? static_cast<double>(strategy.data * strategy.context) : 1);
        }
      }
    }
    one.steady.refusal = refusal;
    one.peak.refusal = refusal;
    all.push_back(std::move(one));
  }
  return all;
}

// What no tensor of the model explains: workspaces of the libraries (MB), bytes per logit that the
// loss holds, how much more than the counted activations is kept, of two implementations.
double Steady(const Golden& one, const std::vector<double>& c) {
  // The rank that writes the figures is the last.
  const auto& stage = one.timeline.stages.back();
  // In fp16 gradients are accumulated in 16 bits and copied to 32 for the update.
  const double fp16 = one.is_fp16 ? stage[MemoryPart::kParameters] * c[5] : 0;
  return (stage.Steady() + fp16) * (one.is_local ? c[6] : 1) +
         (one.has_context ? c[7] : c[0]) * 1e6;
}

double Peak(const Golden& one, const std::vector<double>& c) {
  const auto& stage = one.timeline.stages.back();
  const double activations = stage[MemoryPart::kActivations] * (one.is_local ? c[4] : c[3]);
  // The layout counts 6 bytes of a logit.
  return Steady(one, c) + activations +
         std::max(stage[MemoryPart::kLogits] / 6 * c[2], stage[MemoryPart::kWorking]) + c[1] * 1e6;
}

std::vector<Scored> ScoreGolden(const std::vector<Golden>& seen, const std::vector<Golden>& asked) {
  std::vector<const Golden*> rows;
  std::vector<double> measured;
  for (const Golden& one : seen) {
    if (!one.is_usable) continue;
    rows.push_back(&one);
    measured.push_back(one.steady.measured);
    measured.push_back(one.peak.measured);
  }
  const std::vector<estimate::Prior> priors = {{75, 0.3}, {10, 1},    {6, 0.1},     {1, 0.05},
                                               {1, 0.05}, {0.5, 0.5}, {1.03, 0.03}, {20, 0.5}};
  const estimate::Fit fitted =
      FitConstants(priors, measured,
                   [&rows](const std::vector<double>& c, std::vector<double>& out) {
                     for (std::size_t i = 0; i < rows.size(); ++i) {
                       out[2 * i] = Steady(*rows[i], c);
                       out[2 * i + 1] = Peak(*rows[i], c);
                     }
                   },
                   {.noise = 0.02});
  std::vector<estimate::Likeness> kin;
  std::vector<double> steady;
  std::vector<double> peak;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    kin.push_back({.coordinates = {}, .names = {rows[i]->key}, .text = rows[i]->name});
    steady.push_back(fitted.residuals[2 * i]);
    peak.push_back(fitted.residuals[2 * i + 1]);
  }
  const estimate::ResidualModel of_steady(
      {.smooth = 0.005, .named = {0.02}, .text = 0.03, .noise = 0.008}, kin, steady);
  const estimate::ResidualModel of_peak(
      {.smooth = 0.01, .named = {0.05}, .text = 0.06, .noise = 0.01}, kin, peak);
  std::vector<Scored> scored;
  for (const Golden& one : asked) {
    for (const bool is_peak : {false, true}) {
      Scored row = is_peak ? one.peak : one.steady;
      if (row.refusal.empty()) {
        const auto correction = (is_peak ? of_peak : of_steady)
                                    .At({.coordinates = {}, .names = {one.key}, .text = one.name});
        row.predicted = (is_peak ? Peak(one, fitted.constants) : Steady(one, fitted.constants)) *
                        std::exp(correction.log_factor);
        const double spread = std::exp(1.2816 * correction.deviation);
        row.low = row.predicted / spread;
        row.high = row.predicted * spread;
      }
      scored.push_back(std::move(row));
    }
  }
  return scored;
}

}  // namespace

Result<std::vector<Scored>> ScoreMemory(const std::string& fit, const std::string& test) {
  const auto seen = ReadGolden(fit);
  const auto asked = ReadGolden(test);
  if (!seen) return tl::unexpected(seen.error());
  if (!asked) return tl::unexpected(asked.error());
  return ScoreGolden(*seen, *asked);
}

Result<std::vector<Scored>> ScoreMemoryHalves(const std::string& directory) {
  const auto all = ReadGolden(directory);
  if (!all) return tl::unexpected(all.error());
  std::set<std::string> names;
  for (const Golden& one : *all) names.insert(one.name);
  std::vector<std::string> shuffled(names.begin(), names.end());
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(1));
  const std::set<std::string> first(
      shuffled.begin(), shuffled.begin() + static_cast<std::ptrdiff_t>(shuffled.size() / 2));
  std::vector<Golden> a;
  std::vector<Golden> b;
  for (const Golden& one : *all) (first.contains(one.name) ? a : b).push_back(one);
  std::vector<Scored> scored = ScoreGolden(a, b);
  for (Scored& row : ScoreGolden(b, a)) scored.push_back(std::move(row));
  return scored;
}

}  // namespace epochcost::accuracy
