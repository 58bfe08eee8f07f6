#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "estimate/graph/transformer.h"
#include "others.h"

namespace epochcost::accuracy {
namespace {

// MFU = operations of a token × tokens per second / peak, to 0.01 points.
Result<void> AddMpt(const std::string& directory, std::vector<Scored>& scored) {
  const auto cases = ReadMpt(directory);
  const auto table = ReadTable(directory, "llmfoundry_mpt_benchmarks.csv");
  if (!cases) return tl::unexpected(cases.error());
  if (!table) return tl::unexpected(table.error());
  const auto rows = table->Rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const StepCase& one = (*cases)[i];
    Scored row{.table = "counts", .row_class = "MPT, 6·N·s + attention", .label = one.label};
    if (!one.run.graph) {
      row.refusal = one.refusal;
    } else {
      const double ops = static_cast<double>(SixNOps(*one.run.graph)) /
                         static_cast<double>(one.run.graph->tokens_per_sample);
      const double peak = one.run.machine.Peak(one.run.strategy.precision);
      row.measured = rows[i].Number("mfu_pct").value_or(0) / 100 * peak /
                     rows[i].Number("throughput_tok_s_gpu").value_or(1);
      row.predicted = ops;
      if (rows[i].Number("num_params").value_or(0) !=
          static_cast<double>(Sum(*one.run.graph).parameters)) {
        row.row_class = "MPT, parameters differ from the row";
      }
    }
    scored.push_back(std::move(row));
  }
  return {};
}

// TFLOP/s per device × seconds × devices = operations of an iteration.
Result<void> AddBigScience(const std::string& directory, std::vector<Scored>& scored) {
  const auto cases = ReadBigScience(directory);
  const auto table = ReadTable(directory, "bigscience_jeanzay_3d_throughput.csv");
  if (!cases) return tl::unexpected(cases.error());
  if (!table) return tl::unexpected(table.error());
  const auto rows = table->Rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const StepCase& one = (*cases)[i];
    Scored row{
        .table = "counts", .row_class = "BigScience, full recomputation", .label = one.label};
    const auto rate = rows[i].Number("tflops_per_gpu_reported");
    if (!one.run.graph || !rate || !one.refusal.empty()) {
      row.refusal = one.refusal.empty() ? "the row reports no rate" : one.refusal;
    } else {
      row.measured = *rate * 1e12 * one.measured * rows[i].Number("gpus").value_or(0);
      row.predicted = static_cast<double>(FullRecomputeOps(*one.run.graph)) *
                      static_cast<double>(one.run.strategy.GlobalBatch());
    }
    scored.push_back(std::move(row));
  }
  return {};
}

// Korthikanti et al. 2022 (arXiv 2205.05198), table 5: seconds of an iteration with selective
// recomputation, to 0.01 s, and utilisations of A100s at 312 TFLOP/s, to 0.1 points.
struct PublishedUtilisation {
  std::string_view model;
  std::int64_t hidden, heads, layers, batch, devices;
  double seconds, model_percent, hardware_percent;
};
constexpr std::array<PublishedUtilisation, 4> kKorthikanti = {
    {{"22B", 6144, 64, 48, 4, 8, 1.10, 41.5, 43.7},
     {"175B", 12288, 96, 96, 64, 64, 13.75, 51.4, 52.8},
     {"530B", 20480, 128, 105, 280, 280, 37.83, 56.0, 57.0},
     {"1T", 25600, 160, 128, 512, 512, 71.49, 56.3, 57.0}}};

Result<void> AddKorthikanti(std::vector<Scored>& scored) {
  for (const PublishedUtilisation& one : kKorthikanti) {
    estimate::TransformerShape shape;
    shape.name = one.model;
    shape.layers = one.layers;
    shape.hidden = one.hidden;
    shape.heads = one.heads;
    shape.ffn_hidden = 4 * one.hidden;
    shape.vocabulary = 51200;
    shape.sequence = 2048;
    shape.is_tied = true;
    shape.has_fused_attention = false;
    const auto graph = Transformer(shape);
    if (!graph) return tl::unexpected(graph.error());
    const double peak_ops = one.seconds * static_cast<double>(one.devices) * 312e12;
    const auto batch = static_cast<double>(one.batch);
    scored.push_back({.table = "counts",
                      .row_class = "Korthikanti, MFU × time",
                      .label = std::string(one.model),
                      .measured = one.model_percent / 100 * peak_ops,
                      .predicted = static_cast<double>(ProductOps(*graph)) * batch});
    // The quotient of both utilisations, in which the iteration's rounded time is not. The paper's
    // formula counts attention's products once more in each of three passes; computing them again
    // in the forward pass alone, as SelectiveRecomputeOps has it, is a third of that.
    const double hardware =
        static_cast<double>(ProductOps(*graph) + 3 * Sum(*graph).attention_forward);
    scored.push_back({.table = "counts",
                      .row_class = "Korthikanti, HFU / MFU",
                      .label = std::string(one.model),
                      .measured = one.hardware_percent / one.model_percent,
                      .predicted = hardware / static_cast<double>(ProductOps(*graph))});
  }
  return {};
}

}  // namespace

Result<std::vector<Scored>> ScoreCounts(const std::string& directory) {
  std::vector<Scored> scored;
  if (auto ok = AddMpt(directory, scored); !ok) return tl::unexpected(ok.error());
  if (auto ok = AddBigScience(directory, scored); !ok) return tl::unexpected(ok.error());
  if (auto ok = AddKorthikanti(scored); !ok) return tl::unexpected(ok.error());
  return scored;
}

std::vector<Scored> ScoreRegret(const std::vector<StepCase>& cases,
                                const std::vector<Scored>& scored) {
  std::map<std::string, double> predicted;
  for (const Scored& row : scored) {
    if (row.refusal.empty()) predicted[row.table + row.label] = row.predicted;
  }
  struct Best {
    double chosen = 0;
    double chosen_predicted = 0;
    double measured = 0;
    int rows = 0;
  };
  std::map<std::pair<std::string, std::string>, Best> groups;
  for (const StepCase& one : cases) {
    if (!one.refusal.empty() || (one.table != "vtrain" && one.table != "bigscience")) continue;
    const auto at = predicted.find(one.table + one.label);
    if (at == predicted.end()) continue;
    const std::string group =
        fmt::format("{} on {} devices, batch {}", one.model, one.run.strategy.Devices(),
                    one.run.strategy.GlobalBatch());
    Best& best = groups[{one.table, group}];
    if (best.rows == 0 || at->second < best.chosen_predicted) {
      best.chosen = one.measured;
      best.chosen_predicted = at->second;
    }
    best.measured = best.rows == 0 ? one.measured : std::min(best.measured, one.measured);
    ++best.rows;
  }
  std::vector<Scored> regret;
  for (const auto& [key, best] : groups) {
    if (best.rows < 2) continue;
    regret.push_back({.table = key.first,
                      .row_class = "regret of the best found",
                      .label = fmt::format("{}: {} strategies", key.second, best.rows),
                      .measured = best.measured,
                      .predicted = best.chosen});
  }
  return regret;
}

}  // namespace epochcost::accuracy
