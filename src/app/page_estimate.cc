#include "app/page_estimate.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "app/comparison.h"
#include "app/estimate_price.h"
#include "app/price_choice.h"
#include "base/retell.h"
#include "estimate/answer/answer.h"
#include "estimate/answer/reference_runs.h"
#include "estimate/graph/models.h"
#include "estimate/hardware/hardware.h"

namespace epochcost::app {
namespace {

constexpr std::size_t kMostMachines = 12;

struct Parameter {
  std::string_view name;
  std::string PlanOptions::* option;
};
constexpr std::array kParameters = {
    Parameter{"model", &PlanOptions::model},
    Parameter{"machine", &PlanOptions::gpu},
    Parameter{"network", &PlanOptions::network},
    Parameter{"sequence", &PlanOptions::sequence},
    Parameter{"image", &PlanOptions::image},
    Parameter{"classes", &PlanOptions::classes},
    Parameter{"batch", &PlanOptions::batch},
    Parameter{"micro_batch", &PlanOptions::micro_batch},
    Parameter{"samples", &PlanOptions::samples},
    Parameter{"tokens", &PlanOptions::tokens},
    Parameter{"epochs", &PlanOptions::epochs},
    Parameter{"tensor", &PlanOptions::tensor},
    Parameter{"pipeline", &PlanOptions::pipeline},
    Parameter{"context", &PlanOptions::context},
    Parameter{"expert", &PlanOptions::expert},
    Parameter{"chunks", &PlanOptions::chunks},
    Parameter{"zero", &PlanOptions::zero},
    Parameter{"recompute", &PlanOptions::recompute},
    Parameter{"precision", &PlanOptions::precision},
    Parameter{"optimizer", &PlanOptions::optimizer},
    Parameter{"sync_every", &PlanOptions::sync_every},
    Parameter{"compression", &PlanOptions::compression},
    Parameter{"sample_bytes", &PlanOptions::sample_bytes},
    Parameter{"eval_samples", &PlanOptions::eval_samples},
    Parameter{"eval_every", &PlanOptions::eval_every},
    Parameter{"checkpoint_every", &PlanOptions::checkpoint_every},
    Parameter{"disk_speed", &PlanOptions::disk_speed},
    Parameter{"compile", &PlanOptions::compile},
    Parameter{"stragglers", &PlanOptions::stragglers},
};

struct Switch {
  std::string_view name;
  bool PlanOptions::* option;
};
constexpr std::array kSwitches = {
    Switch{"sequence_parallel", &PlanOptions::sequence_parallel},
    Switch{"offload", &PlanOptions::offload},
};

std::string ValueOf(const Given& given, std::string_view name) {
  const auto found = given.find(std::string(name));
  return found == given.end() ? "" : found->second;
}

Json OfFigure(const Figure& figure, std::string_view unit, Language language) {
  return {{"value", figure.value},
          {"low", figure.low},
          {"high", figure.high},
          {"unit", unit},
          {"quality", Name(figure.quality)},
          {"source", Retell(figure.source, language)}};
}

Json OfDerivations(const EstimateTerms& t, Language language) {
  struct Row {
    std::string_view name;
    const Figure& figure;
    std::string_view unit;
  };
  Json derivations = Json::object();
  for (const Row& row :
       {Row{"n_ops", t.n_ops, "operations"}, Row{"p_avg", t.p_avg, "cycles"},
        Row{"f_gpu", t.f_gpu, "Hz"}, Row{"u_gpu", t.u_gpu, "1"}, Row{"t_gpu", t.t_gpu, "h"},
        Row{"t_cpu", t.t_cpu, "h"}, Row{"m_model", t.m_model, "GB"},
        Row{"m_batch", t.m_batch, "GB"}, Row{"b_size", t.b_size, "samples"},
        Row{"s_factor", t.s_factor, "1"}, Row{"m_avg", t.m_avg, "GB"},
        Row{"m_grad", t.m_grad, "GB"}, Row{"n_params", t.n_updates, "updates"},
        Row{"c_compression", t.c_compression, "1"}, Row{"d_transfer", t.d_transfer, "GB"}}) {
    derivations[std::string(row.name)] = OfFigure(row.figure, row.unit, language);
  }
  return derivations;
}

Json OfTerm(const PricedTerm& term) {
  return {{"term", Name(term.term)},
          {"is_priced", term.is_priced},
          {"price", ToDecimal(term.price_nano)},
          {"price_unit", term.price_unit},
          {"quantity", ToDecimal(term.quantity_nano)},
          {"quantity_unit", term.quantity_unit},
          {"amount", OfMoney(term.amount)},
          {"quality", Name(term.quality)}};
}

Json OfRange(const Money& low, const Money& high) {
  return {{"low", OfMoney(low)}, {"high", OfMoney(high)}};
}

Json OfWords(const std::string& what, const std::string& why, const std::string& hint,
             Language language) {
  return {{"what", Retell(what, language)},
          {"why", Retell(why, language)},
          {"hint", Retell(hint, language)}};
}

Json OfPhase(const PricedPhase& priced, Language language) {
  const EstimatedPhase& phase = priced.phase;
  return {{"phase", Name(phase.kind)},
          {"times", OfInteger(phase.times)},
          {"each", OfFigure(phase.seconds, "s", language)},
          {"hours", OfFigure(phase.hours, "h", language)},
          {"disk", OfFigure(phase.disk, "GB", language)},
          {"is_written", phase.is_written},
          {"is_disk_priced", priced.is_disk_priced},
          {"amount", OfMoney(priced.amount)},
          {"range", OfRange(priced.low, priced.high)}};
}

Json OfPriced(const PricedEstimate& priced, Language language) {
  const Estimate& e = priced.estimate;
  Json terms = Json::array();
  for (const PricedTerm& term : priced.terms) terms.push_back(OfTerm(term));
  Json phases = Json::array();
  for (const PricedPhase& phase : priced.phases) phases.push_back(OfPhase(phase, language));
  Json obstacles = Json::array();
  for (const Obstacle& each : e.obstacles) {
    obstacles.push_back(OfWords(each.what, each.why, each.hint, language));
  }
  Json remarks = Json::array();
  for (const std::string& remark : e.remarks) remarks.push_back(Retell(remark, language));
  return {{"model", e.model},
          {"device", e.device},
          {"devices", e.devices},
          {"replicas", e.replicas},
          {"strategy", e.strategy},
          {"tier", Name(e.tier)},
          {"level_percent", e.level_percent},
          {"steps_per_epoch", OfInteger(e.steps_per_epoch)},
          {"epochs", OfInteger(e.epochs)},
          {"step", OfFigure(e.step_seconds, "s", language)},
          {"epoch", OfFigure(e.epoch_hours, "h", language)},
          {"duration", OfFigure(e.run_hours, "h", language)},
          {"peak_memory", OfFigure(e.peak_memory_gb, "GB", language)},
          {"power", OfFigure(e.power_watts, "W", language)},
          {"derivations", OfDerivations(e.terms, language)},
          {"currency", priced.per_epoch.currency.Code()},
          {"terms", std::move(terms)},
          {"per_replica", OfMoney(priced.per_replica)},
          {"per_epoch", OfMoney(priced.per_epoch)},
          {"per_epoch_range", OfRange(priced.per_epoch_low, priced.per_epoch_high)},
          {"phases", std::move(phases)},
          {"whole_run", OfMoney(priced.whole_run)},
          {"whole_run_range", OfRange(priced.whole_run_low, priced.whole_run_high)},
          {"prices_source", Retell(priced.prices_source, language)},
          {"prices_quality", Name(priced.price_quality)},
          {"fits", e.obstacles.empty()},
          {"obstacles", std::move(obstacles)},
          {"remarks", std::move(remarks)}};
}

std::vector<std::string> Split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) parts.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

Json OfModel(const estimate::ModelInfo& model) {
  // What a sample is, only the built model knows.
  const auto graph = estimate::BuildModel(model.name);
  return {{"name", model.name},
          {"title", model.title},
          {"family", model.family},
          {"parameters", graph ? OfInteger(estimate::Sum(*graph).parameters) : Json()},
          {"sample_unit", graph ? Json(graph->sample_unit) : Json()},
          {"tokens_per_sample", graph ? OfInteger(graph->tokens_per_sample) : Json()},
          {"source", model.source},
          {"date", model.date}};
}

Json OfDevice(const estimate::Device& device) {
  Json precisions = Json::array();
  for (std::size_t i = 0; i < kPrecisionCount; ++i) {
    if (device.peak.at(i)) precisions.push_back(kPrecisionNames.at(i));
  }
  return {{"name", device.name},
          {"vendor", device.vendor},
          {"architecture", device.architecture},
          {"kind", estimate::Name(device.kind)},
          {"memory_bytes", OfInteger(device.memory_bytes)},
          {"node_devices", device.node_devices},
          {"precisions", std::move(precisions)},
          {"quality", Name(device.quality)},
          {"source", device.source},
          {"date", device.date}};
}

Json OfReference(const estimate::ReferenceRun& run) {
  return {{"preset", run.preset},
          {"model", run.model},
          {"device", run.device},
          {"devices", run.devices},
          {"samples", OfInteger(run.samples)},
          {"batch", run.global_batch},
          {"micro_batch", run.micro_batch},
          {"tensor", run.tensor},
          {"pipeline", run.pipeline},
          {"zero", run.zero},
          {"recompute", run.recompute},
          {"precision", run.precision},
          {"dataset", run.dataset},
          {"source", run.source},
          {"date", run.date}};
}

// Builds every model once, which takes a while.
const Json& AllModels() {
  static const Json kModels = [] {
    Json all = Json::array();
    for (const estimate::ModelInfo& model : estimate::Models()) all.push_back(OfModel(model));
    return all;
  }();
  return kModels;
}

std::string MakeCatalog(const OwnMachines& own) {
  Json devices = Json::array();
  for (const auto& machine : own) devices.push_back(OfDevice(machine->device));
  for (const estimate::Device& device : estimate::Devices()) devices.push_back(OfDevice(device));
  Json networks = Json::array();
  for (const estimate::Link& link : estimate::Links()) {
    if (link.scope != estimate::LinkScope::kNetwork) continue;
    networks.push_back({{"name", link.name},
                        {"title", link.title},
                        {"bytes_per_second", OfInteger(link.bytes_per_second)},
                        {"source", link.source},
                        {"date", link.date}});
  }
  Json references = Json::array();
  for (const estimate::ReferenceRun& run : estimate::ReferenceRuns()) {
    references.push_back(OfReference(run));
  }
  return Dumped({{"schema_version", 1},
                 {"models", AllModels()},
                 {"devices", std::move(devices)},
                 {"networks", std::move(networks)},
                 {"references", std::move(references)}});
}

using Shared = std::shared_ptr<const estimate::Graph>;

// One change of a plan: which parameter, to what.
struct Change {
  std::string parameter;
  std::string value;
  PlanOptions options;
  MachineWords machine;
};

class Changes {
 public:
  Changes(const PlanOptions& options, const MachineWords& machine)
      : options_(options), machine_(machine) {}

  void Scale(std::string_view name, std::string PlanOptions::* option, std::int64_t usual) {
    const auto now = (options_.*option).empty() ? usual : ParseWholeFlag(name, options_.*option);
    if (!now || *now < 1) return;
    Set(name, option, std::to_string(*now * 2));
    if (*now % 2 == 0) Set(name, option, std::to_string(*now / 2));
  }

  void Choose(std::string_view name, std::string PlanOptions::* option, std::string_view usual,
              std::initializer_list<std::string_view> values) {
    const std::string_view now = (options_.*option).empty() ? usual : options_.*option;
    for (const std::string_view value : values) {
      if (value != now) Set(name, option, std::string(value));
    }
  }

  void ScaleDevices() {
    const auto set = [this](std::int64_t devices) {
      Change change{"devices", std::to_string(devices), options_, machine_};
      change.machine.devices = devices;
      found_.push_back(std::move(change));
    };
    set(machine_.devices * 2);
    if (machine_.devices % 2 == 0) set(machine_.devices / 2);
  }

  std::vector<Change> Take() { return std::move(found_); }

 private:
  void Set(std::string_view name, std::string PlanOptions::* option, std::string value) {
    Change change{std::string(name), value, options_, machine_};
    change.options.*option = std::move(value);
    found_.push_back(std::move(change));
  }

  const PlanOptions& options_;
  const MachineWords& machine_;
  std::vector<Change> found_;
};

std::vector<Change> ChangesOf(const PlanOptions& options, const MachineWords& machine,
                              Precision precision) {
  Changes changes(options, machine);
  if (!options.batch.empty()) changes.Scale("batch", &PlanOptions::batch, 0);
  changes.Scale("micro_batch", &PlanOptions::micro_batch, 1);
  changes.ScaleDevices();
  changes.Scale("tensor", &PlanOptions::tensor, 1);
  changes.Choose("recompute", &PlanOptions::recompute, "none", {"none", "selective", "full"});
  changes.Choose("zero", &PlanOptions::zero, "0", {"0", "1", "3"});
  changes.Choose("precision", &PlanOptions::precision, Name(precision),
                 {"fp8", "bf16", "fp16", "tf32"});
  return changes.Take();
}

Result<PricedEstimate> PricedPlan(const PlanOptions& options, const Shared& graph,
                                  const MachineWords& machine, const PriceSheet& sheet) {
  const auto plan = GatherPlan(options, graph, machine);
  if (!plan) return tl::unexpected(plan.error());
  const auto answered = estimate::Answer(*plan);
  if (!answered) return tl::unexpected(answered.error());
  return Price(*answered, sheet, machine.price_nano);
}

}  // namespace

Result<PlanOptions> PlanOptionsOf(const Given& given) {
  PlanOptions options;
  for (const Parameter& parameter : kParameters) {
    options.*parameter.option = ValueOf(given, parameter.name);
  }
  for (const Switch& each : kSwitches) {
    const std::string value = ValueOf(given, each.name);
    if (!value.empty() && value != "yes" && value != "no") {
      return Fail(ErrorCode::kInvalidInput,
                  Say("{} cannot be '{}'", each.name, std::string_view(value).substr(0, 40)),
                  Say("it is one of: {}", "yes, no"));
    }
    options.*each.option = value == "yes";
  }
  return options;
}

Result<std::string> PlanJson(const Context& context, const Given& given, Language language) {
  const auto options = PlanOptionsOf(given);
  if (!options) return tl::unexpected(options.error());
  auto graph = GatherModel(*options);
  if (!graph) return tl::unexpected(graph.error());
  const auto machine = MachineOfPlan(context, *options);
  if (!machine) return tl::unexpected(machine.error());
  const auto sheet = ChooseSheet(context, "", ValueOf(given, "sheet"));
  if (!sheet) return tl::unexpected(sheet.error());
  const auto priced = PricedPlan(
      *options, std::make_shared<const estimate::Graph>(*std::move(graph)), *machine, *sheet);
  if (!priced) return tl::unexpected(priced.error());
  Json json = {{"schema_version", 1}};
  json.update(OfPriced(*priced, language));
  json["device_memory_bytes"] = OfInteger(machine->device.memory_bytes);
  return Dumped(json);
}

Result<std::string> PlanChangesJson(const Context& context, const Given& given, Language language) {
  const auto options = PlanOptionsOf(given);
  if (!options) return tl::unexpected(options.error());
  auto graph = GatherModel(*options);
  if (!graph) return tl::unexpected(graph.error());
  const auto shared = std::make_shared<const estimate::Graph>(*std::move(graph));
  const auto machine = MachineOfPlan(context, *options);
  if (!machine) return tl::unexpected(machine.error());
  const auto plan = GatherPlan(*options, shared, *machine);
  if (!plan) return tl::unexpected(plan.error());
  const auto sheet = ChooseSheet(context, "", ValueOf(given, "sheet"));
  if (!sheet) return tl::unexpected(sheet.error());
  Json rows = Json::array();
  for (const Change& change : ChangesOf(*options, *machine, plan->strategy.precision)) {
    const auto priced = PricedPlan(change.options, shared, change.machine, *sheet);
    if (!priced) continue;
    const Estimate& e = priced->estimate;
    rows.push_back({{"parameter", change.parameter},
                    {"value", change.value},
                    {"strategy", e.strategy},
                    {"fits", e.obstacles.empty()},
                    {"whole_run", OfMoney(priced->whole_run)},
                    {"epoch", OfFigure(e.epoch_hours, "h", language)},
                    {"epochs", OfInteger(e.epochs)},
                    {"duration", OfFigure(e.run_hours, "h", language)},
                    {"peak_memory", OfFigure(e.peak_memory_gb, "GB", language)}});
  }
  return Dumped({{"schema_version", 1}, {"rows", std::move(rows)}});
}

Result<std::string> ComparisonJson(const Context& context, const Given& given, Language language) {
  const auto options = PlanOptionsOf(given);
  if (!options) return tl::unexpected(options.error());
  const std::vector<std::string> machines = Split(ValueOf(given, "machines"));
  if (machines.size() > kMostMachines) {
    return Fail(ErrorCode::kInvalidInput, Say("{} machines are too many", machines.size()),
                Say("at most {} are compared at once", kMostMachines), "");
  }
  const auto sheet = ChooseSheet(context, "", ValueOf(given, "sheet"));
  if (!sheet) return tl::unexpected(sheet.error());
  const auto own = LoadOwnMachines(context.data_home);
  if (!own) return tl::unexpected(own.error());
  const auto rows = CompareMachines(*options, machines, *own, *sheet);
  if (!rows) return tl::unexpected(rows.error());
  Json list = Json::array();
  for (const std::size_t i : api::OrderOf(*rows)) {
    const api::Compared& row = rows->at(i);
    list.push_back({{"asked", machines[i]},
                    {"machine", row.machine},
                    {"plan", row.priced ? OfPriced(*row.priced, language) : Json()},
                    {"refused", row.refused ? OfWords(row.refused->what, row.refused->why,
                                                      row.refused->hint, language)
                                            : Json()}});
  }
  return Dumped({{"schema_version", 1}, {"rows", std::move(list)}});
}

Result<std::string> CatalogJson(const Context& context) {
  const auto own = LoadOwnMachines(context.data_home);
  if (!own) return tl::unexpected(own.error());
  return MakeCatalog(*own);
}

Result<MachineWords> MachineOfPlan(const Context& context, const PlanOptions& options) {
  const auto own = LoadOwnMachines(context.data_home);
  if (!own) return tl::unexpected(own.error());
  return ParseMachine(options.gpu, *own);
}

}  // namespace epochcost::app
