#include <algorithm>
#include <cmath>
#include <map>
#include <regex>

#include "images.h"
#include "table.h"

namespace epochcost::accuracy {
namespace {

// Without the marks of who trained it and on what: "tf_efficientnet_b0_ns" → "efficientnet_b0".
std::string Stem(const std::string& name) {
  static const std::regex kWho("^(tf|ssl|swsl|ig|gluon|dm|seer|legacy|adv)_");
  static const std::regex kWhat(
      "_(in22k|in22ft1k|in21k|ap|ns|ssl|sam|miil|distilled|hnf|hnfd|ols|1k|ra|rw|224|384|288|256|"
      "240|512|dino|clip_laion2b).*");
  return std::regex_replace(std::regex_replace(name, kWho, ""), kWhat, "");
}

std::string Family(const std::string& stem) {
  static const std::regex kLetters("^[a-z]+(v[0-9])?");
  std::smatch match;
  return std::regex_search(stem, match, kLetters) ? match[0].str() : stem;
}

// Published counts of networks that a row names only by its folder.
struct Network {
  const char* pattern;
  const char* family;
  double gmacs, activations, parameters, side;
};
constexpr Network kNetworks[] = {
    {"se-resnext101-32x4d", "seresnext", 8.02, 21.3, 49.0, 224},
    {"resnext101-32x4d", "resnext", 8.01, 21.2, 44.2, 224},
    {"resnet50v1.5", "resnet", 4.11, 11.1, 25.6, 224},
    {"RN50v1.5", "resnet", 4.11, 11.1, 25.6, 224},
};

}  // namespace

Result<std::vector<ImageCase>> ReadTimm(const std::string& directory) {
  const auto table = ReadTable(directory, "timm_train_rtx3090.csv");
  if (!table) return tl::unexpected(table.error());
  std::vector<ImageCase> cases;
  for (const Row& row : table->Rows()) {
    ImageCase one;
    one.table = "timm";
    one.name = row.Text("model");
    one.stack = row.Text("layout") + " torch " + row.Text("torch");
    one.model = Stem(one.name);
    one.family = Family(one.model);
    one.label = one.name + " " + row.Text("train_img_size") + " × " + row.Text("train_batch_size");
    one.gmacs = row.Number("infer_gmacs_same_img").value_or(0);
    one.activations = row.Number("infer_macts_same_img").value_or(0);
    one.parameters = row.Number("param_count_m").value_or(0);
    one.side = row.Number("train_img_size").value_or(224);
    one.batch = row.Number("train_batch_size").value_or(1);
    one.has_counts = one.gmacs > 0 && one.activations > 0;
    one.row_class = one.stack + (one.has_counts ? "" : ", no counts");
    const auto rate = row.Number("train_samples_per_sec");
    if (rate && *rate > 0) {
      one.measured = 1 / *rate;
    } else {
      one.refusal = "the row has no measured rate";
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

Result<std::vector<ImageCase>> ReadDle(const std::string& directory) {
  const auto table = ReadTable(directory, "nvidia_dle_training_throughput.csv");
  if (!table) return tl::unexpected(table.error());
  std::vector<ImageCase> cases;
  for (const Row& row : table->Rows()) {
    ImageCase one;
    one.table = "dle";
    const std::string path = row.Text("model_path");
    const std::string precision =
        row.Text("precision_from_column").empty() ? "FP32" : row.Text("precision_from_column");
    one.devices = std::max(1.0, row.Number("gpus").value_or(1));
    one.stack = path.substr(0, path.find('/')) + " " + precision;
    one.model = path;
    one.label = path + " " + precision + " on " + row.Text("gpus") + ", " + row.Text("batch_cell");
    one.row_class = "V100 " + precision;
    const auto network =
        std::find_if(std::begin(kNetworks), std::end(kNetworks),
                     [&](const auto& n) { return path.find(n.pattern) != std::string::npos; });
    const auto rate = row.Number("value");
    if (network == std::end(kNetworks)) {
      one.row_class = "V100, network not in the row";
      one.refusal = "the row does not say which network of this folder";
    } else if (!rate || *rate <= 0) {
      one.refusal = "the row has no measured rate";
    } else {
      one.name = network->family;
      one.family = network->family;
      one.gmacs = network->gmacs;
      one.activations = network->activations;
      one.parameters = network->parameters;
      one.side = network->side;
      // The cell names a batch per device, for each precision where it differs.
      one.batch = precision == "FP32" ? 96 : 192;
      one.measured = one.devices / *rate;
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace epochcost::accuracy
