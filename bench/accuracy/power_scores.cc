// Metered nodes: the benchmark, the batch of a device and where the meter stands are in the row.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "estimate/calibration/least_squares.h"
#include "others.h"

namespace epochcost::accuracy {
namespace {

struct Node {
  Scored row;
  double work = 0;         // operations per device and step
  bool is_direct = false;  // the meter is behind the supply
  double nodes = 1;
  std::string configuration;  // repeated runs have the same
};

// Operations of a training sample: three forward passes' worth.
double OpsPerSample(const std::string& benchmark) {
  if (benchmark == "resnet") return 3 * 2 * 4.1e9;
  if (benchmark == "bert") return 6 * 340e6 * 512.0;
  if (benchmark == "ssd") return 3 * 2 * 200e9;
  if (benchmark == "unet3d") return 3 * 2 * 1000e9;
  return 1e13;
}

Result<std::vector<Node>> ReadNodes(const std::string& directory) {
  const auto table = ReadTable(directory, "mlperf_v40_power_runs.csv");
  if (!table) return tl::unexpected(table.error());
  std::vector<Node> nodes;
  for (const Row& row : table->Rows()) {
    Node node;
    const std::string benchmark = row.Text("benchmark");
    node.nodes = std::max(1.0, row.Number("n_power_files").value_or(1));
    node.is_direct = row.Text("submitter").find("dc") != std::string::npos;
    const double batch = row.Number("global_batch").value_or(8 * node.nodes);
    node.work = batch / (8 * node.nodes) * OpsPerSample(benchmark);
    node.row = {.table = "power",
                .row_class = node.nodes > 1 ? "many nodes" : "one node",
                .label = fmt::format("{} {} {} nodes, {} {}", row.Text("submitter"),
                                     row.Text("system"), node.nodes, benchmark, row.Text("run")),
                .measured = row.Number("avg_power_run_W_sum_over_files").value_or(0)};
    node.configuration = row.Text("submitter") + row.Text("system") + benchmark;
    if (node.row.measured <= 0) node.row.refusal = "the row has no metered power";
    nodes.push_back(std::move(node));
  }
  return nodes;
}

// host + 8 devices, busy as far as a step's work exceeds what starting it takes; the supply on top
// where the meter stands before it; waiting for other nodes grows with their number.
double Watts(const Node& node, const std::vector<double>& c) {
  const double busy = node.work / (node.work + c[0]) / (1 + c[4] * std::log2(node.nodes));
  const double devices = 8 * 700 * (0.2 + (c[1] - 0.2) * busy);
  const double host = c[2] * (0.5 + 0.5 * busy);
  return (devices + host) / (node.is_direct ? 1 : c[3]) * node.nodes;
}

std::vector<Scored> ScoreNodes(const std::vector<Node>& seen, const std::vector<Node>& asked) {
  const std::vector<estimate::Prior> priors = {
      {3e11, 0.7}, {0.93, 0.04}, {1300, 0.15}, {0.975, 0.02}, {0.02, 0.7}};
  std::vector<const Node*> rows;
  std::vector<double> measured;
  for (const Node& node : seen) {
    if (!node.row.refusal.empty()) continue;
    rows.push_back(&node);
    measured.push_back(node.row.measured);
  }
  const estimate::Fit fitted =
      FitConstants(priors, measured,
                   [&rows](const std::vector<double>& c, std::vector<double>& out) {
                     for (std::size_t i = 0; i < rows.size(); ++i) out[i] = Watts(*rows[i], c);
                   },
                   {.noise = 0.05});
  std::vector<Scored> scored;
  for (const Node& node : asked) {
    Scored row = node.row;
    row.predicted = Watts(node, fitted.constants);
    const double spread = node.nodes > 1 ? 1.08 : 1.045;
    row.low = row.predicted / spread;
    row.high = row.predicted * spread;
    scored.push_back(std::move(row));
  }
  return scored;
}

}  // namespace

Result<std::vector<Scored>> ScorePower(const std::string& fit, const std::string& test) {
  const auto seen = ReadNodes(fit);
  const auto asked = ReadNodes(test);
  if (!seen) return tl::unexpected(seen.error());
  if (!asked) return tl::unexpected(asked.error());
  return ScoreNodes(*seen, *asked);
}

Result<std::vector<Scored>> ScorePowerHalves(const std::string& directory, int seeds) {
  const auto nodes = ReadNodes(directory);
  if (!nodes) return tl::unexpected(nodes.error());
  std::set<std::string> names;
  for (const Node& node : *nodes) names.insert(node.configuration);
  std::vector<std::string> shuffled(names.begin(), names.end());
  std::vector<Scored> scored;
  for (int seed = 0; seed < seeds; ++seed) {
    std::mt19937 random(static_cast<std::uint32_t>(seed + 1));
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const std::set<std::string> first(
        shuffled.begin(), shuffled.begin() + static_cast<std::ptrdiff_t>(shuffled.size() / 2));
    std::vector<Node> a;
    std::vector<Node> b;
    for (const Node& node : *nodes) (first.contains(node.configuration) ? a : b).push_back(node);
    for (const auto& [fit, test] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
      for (Scored& row : ScoreNodes(*fit, *test)) scored.push_back(std::move(row));
    }
  }
  return scored;
}

}  // namespace epochcost::accuracy
