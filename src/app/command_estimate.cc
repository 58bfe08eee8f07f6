// epochcost estimate: what a training will cost before it starts.

#include "api/estimate_json.h"
#include "api/estimate_text.h"
#include "app/context.h"
#include "app/estimate_beside.h"
#include "app/estimate_case.h"
#include "app/estimate_options.h"
#include "app/estimate_price.h"
#include "app/price_choice.h"
#include "app/probe_estimate.h"
#include "app/probe_run.h"
#include "app/run_choice.h"
#include "app/screen.h"
#include "base/text.h"
#include "estimate/graph/models.h"
#include "tariff/presets.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

namespace epochcost::app {
namespace {

struct EstimateOptions {
  PlanOptions plan;
  std::string prices, sheet;
  std::string run;  // whose metered cost stands beside
  bool layers = false;
  bool all = false;
  bool list = false;
  bool plain = false;
  std::int64_t probe = 0;  // steps; 0: no probe
  std::string steps, warm_up, patience;
  bool in_place = false;
  std::vector<std::string> protect;
  std::vector<std::string> command;
};

// A reference training's own configuration, where the flags say nothing else.
Result<std::optional<PublishedCost>> TakePreset(PlanOptions& plan) {
  if (plan.preset.empty()) return std::nullopt;
  const auto run = estimate::FindReferenceRun(plan.preset);
  if (!run) return tl::unexpected(run.error());
  const auto preset = tariff::FindPreset(plan.preset);
  if (!preset) return tl::unexpected(preset.error());
  const auto put = [](std::string& option, const std::string& value) {
    if (option.empty()) option = value;
  };
  const bool has_own_model = !plan.config.empty() || !plan.graph.empty() || !plan.onnx.empty();
  if (!has_own_model) put(plan.model, run->model);
  const bool has_own_machine = !plan.gpu.empty();
  put(plan.gpu, fmt::format("{}x{}", run->devices, run->device));
  if (plan.tokens.empty()) put(plan.samples, std::to_string(run->samples));
  put(plan.batch, std::to_string(run->global_batch));
  if (!has_own_machine) {
    put(plan.micro_batch, std::to_string(run->micro_batch));
    put(plan.tensor, std::to_string(run->tensor));
    put(plan.pipeline, std::to_string(run->pipeline));
    put(plan.precision, run->precision);
  }
  put(plan.zero, std::to_string(run->zero));
  put(plan.recompute, run->recompute);
  const Currency currency = preset->currency;
  if (!preset->range) return std::nullopt;
  return PublishedCost{.low = {preset->range->low.Count(), currency},
                       .high = {preset->range->high.Count(), currency},
                       .title = preset->title,
                       .source = preset->source,
                       .date = preset->date};
}

Result<MachineWords> MachineOf(const Context& context, const std::string& text) {
  const auto own = LoadOwnMachines(context.data_home);
  if (!own) return tl::unexpected(own.error());
  return ParseMachine(text, *own);
}

Result<estimate::RunPlan> PlanOf(const Context& context, const PlanOptions& options,
                                 MachineWords& machine) {
  auto graph = GatherModel(options);
  if (!graph) return tl::unexpected(graph.error());
  if (options.gpu.empty()) {
    return Fail(ErrorCode::kInvalidInput, Say("no machine is given"), "",
                Say("for example --gpu 8xA100-80GB; epochcost estimate --list shows the devices"));
  }
  auto words = MachineOf(context, options.gpu);
  if (!words) return tl::unexpected(words.error());
  machine = *std::move(words);
  return GatherPlan(options, std::make_shared<const estimate::Graph>(*std::move(graph)), machine);
}

struct Answered {
  PricedEstimate priced;
  std::vector<LayerCost> layers;
  std::optional<Beside> beside;
};

// The prices that were named, else those of the run that the estimate stands beside.
Result<PriceSheet> SheetOf(const Context& context, const EstimateOptions& options,
                           const std::optional<RunCost>& run) {
  const bool is_named = !options.prices.empty() || !options.sheet.empty();
  if (run && !is_named && !run->sheets.empty()) return run->sheets.back();
  return ChooseSheet(context, options.prices, options.sheet);
}

Result<std::optional<RunCost>> RunBeside(const Context& context, const std::string& run) {
  if (run.empty()) return std::nullopt;
  auto cost = CostOfChoice(context, run);
  if (!cost) return tl::unexpected(cost.error());
  return *std::move(cost);
}

Result<Answered> WithRun(Answered answered, const std::optional<RunCost>& run) {
  if (!run) return answered;
  auto beside = SetBeside(answered.priced, *run);
  if (!beside) return tl::unexpected(beside.error());
  answered.beside = *std::move(beside);
  return answered;
}

Result<Answered> AnswerOf(const Context& context, EstimateOptions options) {
  TakeModelFile(options.plan);
  const auto published = TakePreset(options.plan);
  if (!published) return tl::unexpected(published.error());
  MachineWords machine;
  const auto plan = PlanOf(context, options.plan, machine);
  if (!plan) return tl::unexpected(plan.error());
  const auto run = RunBeside(context, options.run);
  if (!run) return tl::unexpected(run.error());
  const auto sheet = SheetOf(context, options, *run);
  if (!sheet) return tl::unexpected(sheet.error());
  const auto estimate = estimate::Answer(*plan);
  if (!estimate) return tl::unexpected(estimate.error());
  auto priced = Price(*estimate, *sheet, machine.price_nano);
  if (!priced) return tl::unexpected(priced.error());
  Answered answered{.priced = *std::move(priced), .layers = {}, .beside = std::nullopt};
  answered.priced.published = *published;
  if (!options.layers) return WithRun(std::move(answered), *run);
  const auto weights = estimate::WeighLayers(*plan);
  if (!weights) return tl::unexpected(weights.error());
  auto layers = CostOfLayers(*weights, *estimate, *sheet, machine.price_nano);
  if (!layers) return tl::unexpected(layers.error());
  answered.layers = options.all ? *std::move(layers) : Folded(*layers, *weights);
  return WithRun(std::move(answered), *run);
}

// The whole run's steps: as given, or an epoch's as printed times the epochs.
Result<std::int64_t> StepsOf(const EstimateOptions& options, const ProbeReading& reading,
                             std::int64_t epochs) {
  if (!options.steps.empty()) return ParseWholeFlag("--steps", options.steps);
  if (reading.planned && *reading.planned > 0) return *reading.planned * epochs;
  return Fail(ErrorCode::kInvalidInput, Say("how many steps has the whole run?"),
              Say("the program did not say"), Say("say it: --steps 10000"));
}

Result<Answered> AnswerOfProbe(const Context& context, const EstimateOptions& options) {
  ProbeOrder order{.command = options.command,
                   .steps = options.probe,
                   .is_in_place = options.in_place,
                   .protect = options.protect,
                   .scratch = {}};
  if (order.command.empty()) {
    return Fail(ErrorCode::kInvalidInput, Say("no program is given to probe"), "",
                Say("for example epochcost estimate --probe 20 --steps 10000 -- python3 train.py"));
  }
  ProbeScale scale;
  if (!options.warm_up.empty()) {
    const auto warm_up = ParseWholeFlag("--warm-up", options.warm_up);
    if (!warm_up) return tl::unexpected(warm_up.error());
    order.warm_up = *warm_up;
  }
  if (!options.patience.empty()) {
    const auto patience = ParseWholeFlag("--patience", options.patience);
    if (!patience) return tl::unexpected(patience.error());
    order.patience = static_cast<double>(*patience);
  }
  scale.warm_up = order.warm_up;
  if (!options.plan.epochs.empty()) {
    const auto epochs = ParseWholeFlag("--epochs", options.plan.epochs);
    if (!epochs) return tl::unexpected(epochs.error());
    scale.epochs = *epochs;
  }
  if (!options.plan.gpu.empty()) {
    auto machine = MachineOf(context, options.plan.gpu);
    if (!machine) return tl::unexpected(machine.error());
    scale.machine = *std::move(machine);
  }
  const auto run = RunBeside(context, options.run);
  if (!run) return tl::unexpected(run.error());
  const auto sheet = SheetOf(context, options, *run);
  if (!sheet) return tl::unexpected(sheet.error());
  const auto reading = ProbeRun(order);
  if (!reading) return tl::unexpected(reading.error());
  const auto steps = StepsOf(options, *reading, scale.epochs);
  if (!steps) return tl::unexpected(steps.error());
  scale.steps = *steps;
  const std::string& program = order.command.size() > 1 ? order.command[1] : order.command[0];
  const auto estimate = Extrapolate(*reading, scale, program);
  if (!estimate) return tl::unexpected(estimate.error());
  auto priced = Price(*estimate, *sheet, scale.machine ? scale.machine->price_nano : std::nullopt);
  if (!priced) return tl::unexpected(priced.error());
  return WithRun({.priced = *std::move(priced), .layers = {}, .beside = std::nullopt}, *run);
}

void List(const Context& context) {
  std::cout << Translate("models") << "\n";
  for (const estimate::ModelInfo& model : estimate::Models()) {
    std::cout << "  " << PadRight(model.name, 24) << PadRight(model.title, 34) << model.date
              << "\n";
  }
  std::cout << Translate("devices") << "\n";
  for (const estimate::Device& device : estimate::Devices()) {
    std::cout << "  " << PadRight(device.name, 24) << PadRight(device.architecture, 34)
              << device.date << "\n";
  }
  const auto own = LoadOwnMachines(context.data_home);
  for (const auto& machine : own ? *own : OwnMachines{}) {
    std::cout << "  " << PadRight(machine->device.name, 24)
              << PadRight(machine->device.architecture, 34) << machine->device.date << "\n";
  }
  std::cout << Translate("networks") << "\n";
  for (const estimate::Link& link : estimate::Links()) {
    if (link.scope != estimate::LinkScope::kNetwork) continue;
    std::cout << "  " << PadRight(link.name, 24) << PadRight(link.title, 34) << link.date << "\n";
  }
  std::cout << Translate("reference trainings") << "\n";
  for (const estimate::ReferenceRun& run : estimate::ReferenceRuns()) {
    std::cout << "  " << PadRight(run.preset, 24) << run.dataset << "\n";
  }
}

void Execute(Context& context, const EstimateOptions& options) {
  if (options.list) return List(context);
  const bool is_probe = options.probe > 0 || !options.command.empty();
  const auto answered = is_probe ? AnswerOfProbe(context, options) : AnswerOf(context, options);
  if (!answered) {
    Complain(context, answered.error());
    // A name that the catalog lacks is misuse of the command.
    if (answered.error().code == ErrorCode::kNotFound) context.exit_code = 2;
    return;
  }
  if (context.json) {
    auto json =
        nlohmann::ordered_json::parse(api::EstimateJson(answered->priced, answered->layers));
    if (answered->beside) {
      json["beside"] = nlohmann::ordered_json::parse(BesideJson(*answered->beside));
    }
    std::cout << json.dump() << "\n";
    return;
  }
  const api::Style style = StyleOfStdout(options.plain);
  std::cout << api::EstimateText(answered->priced, style) << "\n";
  if (answered->beside) std::cout << "\n" << BesideText(*answered->beside, style) << "\n";
  if (options.layers) {
    std::cout << "\n" << api::LayersText(answered->priced, answered->layers, style) << "\n";
  }
}

class EstimateExamples final : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_usage(const CLI::App* app, std::string name) const override {
    return Say("examples:\n"
               "  epochcost estimate --model llama3-8b --gpu 8xA100-80GB --tokens 1e9 --batch 512\n"
               "  epochcost estimate --config config.json --sequence 4096 --gpu 8xH100 --tokens "
               "1e9\n"
               "  epochcost estimate --model net.onnx --gpu A10 --samples 50000\n"
               "  epochcost estimate --graph net.json --gpu RTX-4090 --samples 50000 --epochs 90\n"
               "  epochcost estimate --preset resnet50               a published reference\n"
               "  epochcost estimate --model resnet50 --gpu 4xV100@8.5 --samples 1281167 --layers\n"
               "  epochcost estimate --model gpt2 --gpu A10 --tokens 1e8 --run nightly   and its "
               "cost\n"
               "  epochcost estimate --list                          models, devices, networks\n") +
           CLI::Formatter::make_usage(app, std::move(name));
  }
};

// A word that is empty is a variable that was not set; it must not pass for an option not given.
std::string IsSomething(const std::string& word) {
  return word.empty() ? Say("it is empty: leave the option out, or say a value") : std::string();
}

}  // namespace

void AddPlanOptions(CLI::App& command, PlanOptions& o) {
  std::string group = Say("The model");
  const auto add = [&](const char* flag, std::string& value, const std::string& text) {
    command.add_option(flag, value, text)->check(IsSomething)->group(group);
  };
  add("--model", o.model, Say("a built-in model, or an ONNX file"));
  add("--config", o.config, Say("a Hugging Face config.json"));
  add("--graph", o.graph, Say("a file that ciuic_sdk.describe wrote"));
  add("--preset", o.preset, Say("a published reference training"));
  add("--sequence", o.sequence, Say("tokens of a sequence"));
  add("--image", o.image, Say("pixels of a picture's side"));
  add("--classes", o.classes, Say("classes of an image model"));
  command.add_flag("--unfused", o.unfused, Say("attention that writes its scores"))->group(group);
  group = Say("The training");
  add("--samples", o.samples, Say("samples of an epoch, such as 1281167"));
  add("--tokens", o.tokens, Say("tokens of an epoch, such as 300e9"));
  add("--sample-bytes", o.sample_bytes, Say("bytes that a sample is read from disk with"));
  add("--epochs", o.epochs, Say("epochs of the whole run (1)"));
  add("--batch", o.batch, Say("global batch, in samples"));
  add("--micro-batch", o.micro_batch, Say("samples that a replica computes at once"));
  add("--precision", o.precision, Say("bf16, fp16, fp8, tf32, fp32"));
  add("--optimizer", o.optimizer, Say("adam, adam8bit, adafactor, muon, momentum, sgd"));
  add("--recompute", o.recompute, Say("none, selective, full"));
  add("--sync-every", o.sync_every, Say("steps between synchronisations (1)"));
  add("--compression", o.compression, Say("compression of the gradient; 1 is none"));
  group = Say("Beside the steps");
  add("--eval-samples", o.eval_samples, Say("samples of an evaluation; without it none"));
  add("--eval-every", o.eval_every, Say("steps between evaluations, or epoch (epoch)"));
  add("--checkpoint-every", o.checkpoint_every,
      Say("steps between checkpoints, or epoch; without it none"));
  add("--disk-speed", o.disk_speed, Say("GB/s that a machine writes a checkpoint at"));
  add("--compile", o.compile,
      Say("seconds of compilation before the first step, or auto; without it none"));
  add("--stragglers", o.stragglers,
      Say("scatter of a device's steps in percent; all wait for the slowest"));
  group = Say("The division");
  add("--network", o.network, Say("what links the machines, such as infiniband-ndr"));
  add("--tp", o.tensor, Say("tensor parallelism (1)"));
  add("--pp", o.pipeline, Say("pipeline stages (1)"));
  add("--cp", o.context, Say("context parallelism (1)"));
  add("--ep", o.expert, Say("expert parallelism (1)"));
  add("--chunks", o.chunks, Say("pieces of the model per stage (1)"));
  add("--zero", o.zero, Say("what replicas share out: 0 nothing, 1 optimizer, 2 gradients, 3 all"));
  command
      .add_flag("--sequence-parallel", o.sequence_parallel, Say("norms and dropouts divided too"))
      ->group(group);
  command.add_flag("--offload", o.offload, Say("the optimizer lives in the host's memory"))
      ->group(group);
}

void AddEstimate(CLI::App& app, Context& context) {
  const auto options = std::make_shared<EstimateOptions>();
  CLI::App* const command =
      app.add_subcommand("estimate", Say("What a training will cost before it starts"));
  command->formatter(std::make_shared<EstimateExamples>());
  command
      ->add_option("--gpu", options->plan.gpu,
                   Say("the devices, such as 8xA100-80GB, with a price an hour: 8xH100@20"))
      ->check(IsSomething);
  AddPlanOptions(*command, options->plan);
  command->add_option("--prices", options->prices,
                      Say("take the prices from a price sheet (TOML)"));
  command->add_option("--sheet", options->sheet, Say("the sheet of that file, or of the ledger"));
  command->add_option("--run", options->run,
                      Say("the metered cost of this run beside: id, its beginning, or name"));
  const std::string group = Say("A probe of the program itself");
  command
      ->add_option("--probe", options->probe,
                   Say("measure so many real steps of the program behind --, and stop it"))
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->group(group);
  command->add_option("--steps", options->steps, Say("steps of the whole run"))
      ->check(IsSomething)
      ->group(group);
  command
      ->add_option("--warm-up", options->warm_up,
                   Say("steps before the first that is measured (5)"))
      ->check(IsSomething)
      ->group(group);
  command->add_option("--patience", options->patience, Say("seconds to wait for a step (300)"))
      ->check(IsSomething)
      ->group(group);
  command
      ->add_option("--protect", options->protect,
                   Say("a folder beside the current one that stays as it is"))
      ->group(group);
  command->add_flag("--in-place", options->in_place, Say("what the program writes is real"))
      ->group(group);
  command->add_option("command", options->command, Say("the program and its arguments, after --"));
  command->add_flag("--layers", options->layers, Say("what each layer costs"));
  command->add_flag("--all", options->all, Say("every single layer, equal ones one by one"));
  command->add_flag("--list", options->list, Say("models, devices and networks"));
  command->add_flag("--json", context.json, Say("as one JSON object"));
  command->add_flag("--plain", options->plain, Say("ASCII only, no colours"));
  command->callback([options, &context] { Execute(context, *options); });
}

}  // namespace epochcost::app
