#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "korthikanti_models.h"
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

// Seconds × devices × peak × utilisation = operations of an iteration.
Result<void> AddKorthikanti(std::vector<Scored>& scored) {
  for (const KorthikantiModel& one : kKorthikantiModels) {
    const auto graph = Transformer(one.Shape());
    if (!graph) return tl::unexpected(graph.error());
    const double peak_ops = one.seconds * static_cast<double>(one.Devices()) * 312e12;
    const auto batch = static_cast<double>(one.batch);
    scored.push_back({.table = "counts",
                      .row_class = "Korthikanti, MFU × time",
                      .label = std::string(one.name),
                      .measured = one.model_percent / 100 * peak_ops,
                      .predicted = static_cast<double>(ProductOps(*graph)) * batch});
    // The quotient of both utilisations, in which the iteration's rounded time is not. The paper's
    // formula counts attention's products once more in each of three passes; computing them again
    // in the forward pass alone, as SelectiveRecomputeOps has it, is a third of that.
    const double hardware =
        static_cast<double>(ProductOps(*graph) + 3 * Sum(*graph).attention_forward);
    scored.push_back({.table = "counts",
                      .row_class = "Korthikanti, HFU / MFU",
                      .label = std::string(one.name),
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
