#include "app/page_layers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "app/estimate_price.h"
#include "app/page_estimate.h"
#include "app/price_choice.h"
#include "base/retell.h"
#include "estimate/answer/answer.h"
#include "estimate/answer/apportion.h"
#include "estimate/predict.h"

namespace epochcost::app {
namespace {

constexpr std::int64_t kShareUnit = 1'000'000'000;  // a share of time is in this many parts

// How an operator's time divides between the passes; what is left waits or updates.
struct Passes {
  std::int64_t forward = 0;  // of kShareUnit
  std::int64_t backward = 0;
};

struct Weighed {
  std::vector<estimate::LayerWeight> layers;
  std::vector<Passes> passes;  // of each
  std::string strategy;
};

Result<Weighed> Weigh(const estimate::RunPlan& plan) {
  Weighed weighed;
  auto layers = estimate::WeighLayers(plan);
  if (!layers) return tl::unexpected(layers.error());
  weighed.layers = *std::move(layers);
  const auto machine = estimate::MachineOf(plan);
  if (!machine) return tl::unexpected(machine.error());
  const auto step = estimate::Predict(plan.graph, plan.strategy, *machine,
                                      estimate::CalibrationOf(plan, *machine));
  if (!step) return tl::unexpected(step.error());
  std::map<std::pair<std::string_view, std::string_view>, Passes> of_operator;
  for (const estimate::OperatorShare& share : step->operators) {
    if (share.seconds <= 0) continue;
    const auto part = [&](double seconds) -> std::int64_t {
      return std::llround(std::clamp(seconds / share.seconds, 0.0, 1.0) * kShareUnit);
    };
    const std::int64_t forward = part(share.forward);
    of_operator[{share.block, share.name}] = {forward,
                                              std::min(part(share.backward), kShareUnit - forward)};
  }
  for (const estimate::LayerWeight& layer : weighed.layers) {
    weighed.passes.push_back(of_operator[{layer.block, layer.name}]);
  }
  weighed.strategy = estimate::Describe(plan.strategy);
  return weighed;
}

struct Node {
  std::string name;
  std::string kind;
  Wide nano = 0;
  Wide forward = 0;
  Wide backward = 0;
  Wide parameters = 0;
  Wide operations = 0;
  std::vector<std::unique_ptr<Node>> children;
};

Node& ChildOf(Node& node, std::string_view name) {
  for (const auto& child : node.children) {
    if (child->name == name) return *child;
  }
  node.children.push_back(std::make_unique<Node>());
  node.children.back()->name = name;
  node.children.back()->kind = "module";
  return *node.children.back();
}

void Add(Node& node, const Node& part) {
  node.nano += part.nano;
  node.forward += part.forward;
  node.backward += part.backward;
  node.parameters += part.parameters;
  node.operations += part.operations;
}

// "layers.3.attn.qkv" below the root, all ancestors grown by what it has.
void Plant(Node& root, std::string_view path, const Node& leaf) {
  Node* at = &root;
  Add(*at, leaf);
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    at = &ChildOf(*at, path.substr(0, dot));
    Add(*at, leaf);
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  at->kind = leaf.kind;
}

using TermNanos = std::array<Wide, 4>;  // as kEstimatedTerms

// Divides each term by its own weight; the parts sum to the terms.
Node Divide(const std::string& model, const Weighed& weighed, const TermNanos& terms) {
  using Weight = estimate::LayerWeight;
  constexpr std::array kWeightOf = {&Weight::time_weight, &Weight::time_weight,
                                    &Weight::memory_weight, &Weight::traffic_weight};
  std::array<std::vector<Wide>, 4> parts;
  for (std::size_t term = 0; term < terms.size(); ++term) {
    std::vector<std::int64_t> weights;
    for (const Weight& layer : weighed.layers) weights.push_back(layer.*kWeightOf.at(term));
    parts.at(term) = estimate::Apportion(terms.at(term), weights);
  }
  Node root;
  root.name = model;
  root.kind = "model";
  for (std::size_t i = 0; i < weighed.layers.size(); ++i) {
    const Weight& layer = weighed.layers[i];
    const Wide of_time = parts[0].at(i) + parts[1].at(i);
    Node leaf;
    leaf.kind = estimate::Name(layer.kind);
    leaf.nano = of_time + parts[2].at(i) + parts[3].at(i);
    leaf.forward = of_time * weighed.passes[i].forward / kShareUnit;
    leaf.backward = of_time * weighed.passes[i].backward / kShareUnit;
    leaf.parameters = layer.parameters;
    leaf.operations = layer.operations;
    Plant(root, layer.path, leaf);
  }
  return root;
}

Json OfNode(const Node& node, Currency currency, Quality quality) {
  Json children = Json::array();
  for (const auto& child : node.children) children.push_back(OfNode(*child, currency, quality));
  return {{"name", node.name},
          {"kind", node.kind},
          {"amount", OfMoney(node.nano, currency)},
          {"forward", OfMoney(node.forward, currency)},
          {"backward", OfMoney(node.backward, currency)},
          {"parameters", OfInteger(node.parameters)},
          {"operations", OfInteger(node.operations)},
          {"quality", Name(quality)},
          {"children", std::move(children)}};
}

Result<estimate::RunPlan> PlanOf(const Context& context, const PlanOptions& options,
                                 MachineWords& words) {
  auto graph = GatherModel(options);
  if (!graph) return tl::unexpected(graph.error());
  auto machine = MachineOfPlan(context, options);
  if (!machine) return tl::unexpected(machine.error());
  words = *std::move(machine);
  return GatherPlan(options, std::make_shared<const estimate::Graph>(*std::move(graph)), words);
}

// The epochs' amounts by the formula's terms, and what is of no layer.
struct Divisible {
  TermNanos terms{};
  Wide outside = 0;  // of epochs
  Wide other = 0;    // resources that the formula does not have
};
Divisible DivisibleOf(const RunCost& cost) {
  Divisible found;
  for (const EpochCost& phase : cost.phases) found.outside += phase.total.nano;
  for (const EpochCost& epoch : cost.epochs) {
    for (std::size_t i = 0; i < kResourceCount; ++i) {
      const auto& sum = epoch.sums.at(i);
      if (!sum) continue;
      const auto term = std::ranges::find(kEstimatedTerms, Info(static_cast<Resource>(i)).term);
      Wide& part = term == kEstimatedTerms.end()
                       ? found.other
                       : found.terms.at(static_cast<std::size_t>(term - kEstimatedTerms.begin()));
      part += sum->amount_nano;
    }
  }
  return found;
}

void AddPart(Node& root, std::string_view kind, Wide nano) {
  if (nano == 0) return;
  Node part;
  part.kind = kind;
  part.nano = nano;
  Plant(root, kind, part);
}

}  // namespace

Result<std::string> PlanLayersJson(const Context& context, const Given& given, Language language) {
  const auto options = PlanOptionsOf(given);
  if (!options) return tl::unexpected(options.error());
  MachineWords machine;
  const auto plan = PlanOf(context, *options, machine);
  if (!plan) return tl::unexpected(plan.error());
  const auto found = given.find("sheet");
  const auto sheet = ChooseSheet(context, "", found == given.end() ? "" : found->second);
  if (!sheet) return tl::unexpected(sheet.error());
  const auto answered = estimate::Answer(*plan);
  if (!answered) return tl::unexpected(answered.error());
  const auto priced = Price(*answered, *sheet, machine.price_nano);
  if (!priced) return tl::unexpected(priced.error());
  const auto weighed = Weigh(*plan);
  if (!weighed) return tl::unexpected(weighed.error());
  // Terms are rounded each, the epoch once: what that differs by goes to the largest term.
  TermNanos terms{};
  Wide sum = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    terms.at(i) = priced->terms.at(i).amount.nano * answered->replicas;
    sum += terms.at(i);
  }
  *std::ranges::max_element(terms) += priced->per_epoch.nano - sum;
  const Node root = Divide(answered->model, *weighed, terms);
  return Dumped({{"schema_version", 1},
                 {"root", OfNode(root, priced->per_epoch.currency, Quality::kModelled)},
                 {"basis", Retell(answered->strategy, language)}});
}

Result<std::string> RunLayersJson(const Context& context, const RunCost& cost, const Given& given,
                                  Language language) {
  Json json = {{"schema_version", 1}, {"run_id", cost.run.id.Value()}};
  auto options = PlanOptionsOf(given);
  if (!options) return tl::unexpected(options.error());
  if (options->model.empty()) {
    json["root"] = nullptr;
    json["reason"] =
        Retell(Say("the layers of this run's model are not known"), language) + ": " +
        Retell(Say("the ledger knows what this run cost, not which model it trained"), language);
    json["basis"] = nullptr;
    return Dumped(json);
  }
  if (options->samples.empty() && options->tokens.empty()) options->samples = "1";
  MachineWords machine;
  const auto plan = PlanOf(context, *options, machine);
  if (!plan) return tl::unexpected(plan.error());
  const auto weighed = Weigh(*plan);
  if (!weighed) return tl::unexpected(weighed.error());
  const Divisible divisible = DivisibleOf(cost);
  Node root = Divide(options->model, *weighed, divisible.terms);
  AddPart(root, "outside", divisible.outside);
  AddPart(root, "other", divisible.other);
  json["root"] = OfNode(root, cost.total.currency, Quality::kModelled);
  json["reason"] = nullptr;
  json["basis"] = weighed->strategy;
  return Dumped(json);
}

}  // namespace epochcost::app
