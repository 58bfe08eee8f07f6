#include "app/estimate_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "app/data_home.h"
#include "app/plan_interludes.h"
#include "base/nearest.h"
#include "base/text.h"
#include "estimate/graph/graph_file.h"
#include "estimate/graph/hugging_face.h"
#include "estimate/graph/models.h"
#include "estimate/onnx/onnx_file.h"
#include "ledger/derivation.h"
#include "tariff/sheet_file.h"

namespace epochcost::app {
namespace {

constexpr std::int64_t kMostWhole = 1'000'000'000'000'000;
constexpr std::string_view kDefaultNetwork = "infiniband-hdr";

Result<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const int reason = errno;
  if (!file) {
    return Fail(ErrorCode::kNotFound, Say("{} cannot be read", path), SystemReason(reason));
  }
  // A folder opens, and reading it throws.
  std::string text;
  std::error_code unknown;
  const bool is_folder = std::filesystem::is_directory(path, unknown);
  if (!is_folder) text.assign(std::istreambuf_iterator<char>(file), {});
  if (text.empty()) {
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be read", path),
                Say("it is empty, or a folder"));
  }
  return text;
}

Result<std::optional<std::int64_t>> MaybeWhole(std::string_view flag, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto whole = ParseWholeFlag(flag, text);
  if (!whole) return tl::unexpected(whole.error());
  return *whole;
}

Result<std::int64_t> WholeOr(std::string_view flag, const std::string& text,
                             std::int64_t otherwise) {
  if (text.empty()) return otherwise;
  return ParseWholeFlag(flag, text);
}

Result<estimate::ModelOptions> GatherModelOptions(const PlanOptions& options) {
  const auto sequence = MaybeWhole("--sequence", options.sequence);
  if (!sequence) return tl::unexpected(sequence.error());
  const auto image = MaybeWhole("--image", options.image);
  if (!image) return tl::unexpected(image.error());
  const auto classes = MaybeWhole("--classes", options.classes);
  if (!classes) return tl::unexpected(classes.error());
  estimate::ModelOptions gathered{.sequence = *sequence, .image = *image, .classes = *classes};
  if (options.unfused) gathered.has_fused_attention = false;
  return gathered;
}

// One of the names, or an error that lists them.
template <std::size_t Count>
Result<std::size_t> Choose(std::string_view flag, const std::string& text,
                           const std::array<std::string_view, Count>& names,
                           std::size_t otherwise) {
  if (text.empty()) return otherwise;
  const auto found = std::ranges::find(names, text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::string_view nearest = Nearest(text, names);
  return Fail(ErrorCode::kInvalidInput,
              Say("{} cannot be '{}'", flag, std::string_view(text).substr(0, 40)),
              Say("it is one of: {}", fmt::join(names, ", ")),
              nearest.empty() ? "" : Say("did you mean: {}", nearest));
}

constexpr std::array<std::string_view, 3> kRecomputeNames = {"none", "selective", "full"};
constexpr std::array<std::string_view, 6> kOptimizerNames = {"sgd",      "momentum",  "adam",
                                                             "adam8bit", "adafactor", "muon"};
constexpr std::array<std::string_view, 4> kZeroNames = {"0", "1", "2", "3"};

Result<void> TakeDegrees(const PlanOptions& o, estimate::Strategy& strategy) {
  struct Degree {
    std::string_view flag;
    const std::string& text;
    std::int64_t& value;
  };
  for (const Degree& degree :
       {Degree{"--tp", o.tensor, strategy.tensor}, Degree{"--pp", o.pipeline, strategy.pipeline},
        Degree{"--cp", o.context, strategy.context}, Degree{"--ep", o.expert, strategy.expert},
        Degree{"--chunks", o.chunks, strategy.chunks},
        Degree{"--sync-every", o.sync_every, strategy.sync_interval}}) {
    const auto value = WholeOr(degree.flag, degree.text, degree.value);
    if (!value) return tl::unexpected(value.error());
    degree.value = *value;
  }
  return {};
}

Result<void> TakeChoices(const PlanOptions& o, const estimate::Device& device,
                         estimate::Strategy& strategy) {
  const auto zero = Choose("--zero", o.zero, kZeroNames, 0);
  if (!zero) return tl::unexpected(zero.error());
  strategy.sharding = static_cast<estimate::Sharding>(*zero);
  const auto recompute = Choose("--recompute", o.recompute, kRecomputeNames, 0);
  if (!recompute) return tl::unexpected(recompute.error());
  strategy.recompute = static_cast<estimate::Recompute>(*recompute);
  const auto optimizer = Choose("--optimizer", o.optimizer, kOptimizerNames, 2);
  if (!optimizer) return tl::unexpected(optimizer.error());
  strategy.optimizer = static_cast<estimate::Optimizer>(*optimizer);
  // The 16-bit format that the device has, and 32 bit where it has none.
  const auto usual = device.Peak(Precision::kBf16)   ? Precision::kBf16
                     : device.Peak(Precision::kFp16) ? Precision::kFp16
                                                     : Precision::kFp32;
  const auto precision =
      Choose("--precision", o.precision, kPrecisionNames, static_cast<std::size_t>(usual));
  if (!precision) return tl::unexpected(precision.error());
  strategy.precision = static_cast<Precision>(*precision);
  strategy.has_sequence_parallel = o.sequence_parallel;
  strategy.has_offload = o.offload;
  return {};
}

Result<void> TakeCompression(const PlanOptions& o, estimate::Strategy& strategy) {
  if (o.compression.empty()) return {};
  const auto amount = tariff::ParseAmount("--compression", o.compression);
  if (!amount) return tl::unexpected(amount.error());
  strategy.gradient_compression = static_cast<double>(amount->Count()) / 1e9;
  return {};
}

Result<void> TakeData(std::int64_t devices, estimate::Strategy& strategy) {
  const double model_parallel = static_cast<double>(strategy.tensor) *
                                static_cast<double>(strategy.pipeline) *
                                static_cast<double>(strategy.context);
  if (model_parallel <= static_cast<double>(devices)) {
    const std::int64_t each = strategy.tensor * strategy.pipeline * strategy.context;
    if (devices % each == 0) {
      strategy.data = devices / each;
      return {};
    }
  }
  return Fail(
      ErrorCode::kInvalidInput,
      Say("tp {} × pp {} × cp {} cannot be placed on {} devices", strategy.tensor,
          strategy.pipeline, strategy.context, devices),
      Say("their product must divide the number of devices"),
      Say("give another --tp, --pp or --cp, or --gpu {}x…",
          std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(model_parallel, 1e9)))));
}

Result<void> TakeBatch(const PlanOptions& o, estimate::RunPlan& plan) {
  estimate::Strategy& strategy = plan.strategy;
  const auto batch = MaybeWhole("--batch", o.batch);
  if (!batch) return tl::unexpected(batch.error());
  const auto micro = MaybeWhole("--micro-batch", o.micro_batch);
  if (!micro) return tl::unexpected(micro.error());
  const std::int64_t usual = UsualMicroBatch(*plan.graph);
  if (!*batch) {
    strategy.micro_batch = micro->value_or(usual);
    strategy.accumulation =
        std::max<std::int64_t>(1, strategy.pipeline > 1 ? 4 * strategy.pipeline : 1);
    plan.remarks.push_back(Say("assumed a global batch of {} (--batch)", strategy.GlobalBatch()));
    return {};
  }
  if (**batch % strategy.data != 0) {
    return Fail(ErrorCode::kInvalidInput,
                Say("batch {} does not divide by {} replicas", **batch, strategy.data),
                Say("every replica computes equally many samples"),
                Say("give a multiple: --batch {}",
                    (**batch + strategy.data - 1) / strategy.data * strategy.data));
  }
  const std::int64_t each = **batch / strategy.data;
  strategy.micro_batch = micro->value_or(std::min(each, usual));
  if (each % strategy.micro_batch != 0) {
    return Fail(ErrorCode::kInvalidInput,
                Say("micro-batch {} does not divide the {} samples of a replica",
                    strategy.micro_batch, each),
                Say("batch {} over {} replicas", **batch, strategy.data),
                Say("give --micro-batch 1, or a divisor of {}", each));
  }
  strategy.accumulation = each / strategy.micro_batch;
  return {};
}

Result<void> TakeSamples(const PlanOptions& o, estimate::RunPlan& plan) {
  const auto samples = MaybeWhole("--samples", o.samples);
  if (!samples) return tl::unexpected(samples.error());
  const auto tokens = MaybeWhole("--tokens", o.tokens);
  if (!tokens) return tl::unexpected(tokens.error());
  const auto epochs = WholeOr("--epochs", o.epochs, 1);
  if (!epochs) return tl::unexpected(epochs.error());
  plan.epochs = *epochs;
  if (*samples && *tokens) {
    return Fail(ErrorCode::kConflict, Say("--samples and --tokens are both given"),
                Say("an epoch has one length"), Say("leave one of them out"));
  }
  if (*samples) {
    plan.samples_per_epoch = **samples;
    return {};
  }
  if (*tokens) {
    const std::int64_t each = plan.graph->tokens_per_sample;
    plan.samples_per_epoch = (**tokens + each - 1) / each;
    return {};
  }
  return Fail(ErrorCode::kInvalidInput, Say("how long is an epoch?"),
              Say("neither samples nor tokens are given"),
              Say("say it: --samples 1281167, or --tokens 300e9"));
}

Result<estimate::Graph> ReadOnnxFile(const std::string& path, const estimate::ModelOptions& model) {
  const auto bytes = ReadWhole(path);
  if (!bytes) return tl::unexpected(bytes.error());
  return estimate::ReadOnnx(*bytes, path.substr(path.rfind('/') + 1), model.sequence.value_or(0),
                            estimate::OnnxLibrary());
}

Result<estimate::Graph> ReadGivenFile(const PlanOptions& options,
                                      const estimate::ModelOptions& model) {
  const std::string& path = options.config.empty() ? options.graph : options.config;
  const auto text = ReadWhole(path);
  if (!text) return tl::unexpected(text.error());
  const std::string name = path.substr(path.rfind('/') + 1);
  if (!options.config.empty()) return estimate::ReadHuggingFaceConfig(*text, name, model);
  return estimate::ReadGraphFile(*text, name);
}

}  // namespace

Result<std::int64_t> ParseWholeFlag(std::string_view flag, std::string_view text) {
  const auto ratio = ledger::ParseRatio(flag, text);
  const bool is_whole = ratio && ratio->den == 1 && ratio->num >= 1;
  if (is_whole && ratio->num <= kMostWhole) return static_cast<std::int64_t>(ratio->num);
  return Fail(is_whole ? ErrorCode::kOverflow : ErrorCode::kInvalidInput,
              Say("{} cannot be '{}'", flag, text.substr(0, 40)),
              Say("it is a whole number from 1 to {}", kMostWhole));
}

Result<MachineWords> ParseMachine(std::string_view text, const OwnMachines& own) {
  MachineWords words;
  std::string_view rest = text;
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const auto price = tariff::ParseAmount("--on", rest.substr(at + 1));
    if (!price) return tl::unexpected(price.error());
    words.price_nano = price->Count();
    rest = rest.substr(0, at);
  }
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  std::string_view behind = rest.substr(digits);
  const bool has_times = behind.starts_with("x") || behind.starts_with("X") ||
                         behind.starts_with("×") || behind.starts_with("*");
  if (digits > 0 && has_times) {
    const auto count = ParseWholeFlag("--gpu", rest.substr(0, digits));
    if (!count) return tl::unexpected(count.error());
    words.devices = *count;
    behind.remove_prefix(behind.starts_with("×") ? std::string_view("×").size() : 1);
    rest = behind;
  }
  const std::size_t first = rest.find_first_not_of(' ');
  const std::string_view name = first == std::string_view::npos ? "" : rest.substr(first);
  words.own = FindOwnMachine(own, name, ThisAgent().Value());
  if (words.own) {
    words.device = words.own->device;
    return words;
  }
  if (name == kThisMachine) {
    return Fail(ErrorCode::kNotFound, Say("this machine was not calibrated"), "",
                Say("measure it: epochcost calibrate"));
  }
  auto device = estimate::FindDevice(name);
  if (!device) return tl::unexpected(device.error());
  words.device = *std::move(device);
  return words;
}

void TakeModelFile(PlanOptions& options) {
  for (std::string* const named : {&options.model, &options.graph}) {
    if (named->ends_with(".onnx") && options.onnx.empty()) options.onnx = std::exchange(*named, "");
  }
}

Result<estimate::Graph> GatherModel(const PlanOptions& options) {
  const int given =
      static_cast<int>(!options.model.empty()) + static_cast<int>(!options.config.empty()) +
      static_cast<int>(!options.graph.empty()) + static_cast<int>(!options.onnx.empty());
  if (given != 1) {
    return Fail(ErrorCode::kInvalidInput,
                given == 0 ? Say("no model is given") : Say("more than one model is given"), "",
                Say("give one of --model NAME, --config config.json, --graph FILE; "
                    "epochcost estimate --list shows the names"));
  }
  const auto model = GatherModelOptions(options);
  if (!model) return tl::unexpected(model.error());
  if (!options.onnx.empty()) return ReadOnnxFile(options.onnx, *model);
  if (!options.model.empty()) return estimate::BuildModel(options.model, *model);
  return ReadGivenFile(options, *model);
}

std::int64_t UsualMicroBatch(const estimate::Graph& graph) {
  return graph.sample_unit == "sequence" ? 1 : 32;
}

Result<estimate::RunPlan> GatherOpenPlan(const PlanOptions& options,
                                         const std::shared_ptr<const estimate::Graph>& graph,
                                         const MachineWords& machine) {
  estimate::RunPlan plan;
  plan.graph = graph;
  plan.device = machine.device;
  plan.own = machine.own;
  const std::string network =
      options.network.empty() ? std::string(kDefaultNetwork) : options.network;
  auto link = estimate::FindLink(network);
  if (!link) return tl::unexpected(link.error());
  if (link->scope != estimate::LinkScope::kNetwork) {
    return Fail(ErrorCode::kInvalidInput, Say("{} does not leave a machine", link->title),
                Say("it links devices within one"), Say("for example --network infiniband-ndr"));
  }
  plan.network = *std::move(link);
  if (auto ok = TakeChoices(options, machine.device, plan.strategy); !ok) {
    return tl::unexpected(ok.error());
  }
  if (auto ok = TakeCompression(options, plan.strategy); !ok) return tl::unexpected(ok.error());
  if (auto ok = TakeSamples(options, plan); !ok) return tl::unexpected(ok.error());
  const auto sample_bytes = WholeOr("--sample-bytes", options.sample_bytes, 0);
  if (!sample_bytes) return tl::unexpected(sample_bytes.error());
  plan.sample_bytes = *sample_bytes;
  const auto interludes = GatherInterludes(options);
  if (!interludes) return tl::unexpected(interludes.error());
  plan.interludes = *interludes;
  const auto scatter = GatherScatter(options);
  if (!scatter) return tl::unexpected(scatter.error());
  plan.strategy.scatter = *scatter;
  if (machine.devices > machine.device.node_devices && options.network.empty()) {
    plan.remarks.push_back(Say("assumed {} ports of {} a machine (--network)",
                               machine.device.node_devices, plan.network.title));
  }
  return plan;
}

Result<estimate::RunPlan> GatherPlan(const PlanOptions& options,
                                     const std::shared_ptr<const estimate::Graph>& graph,
                                     const MachineWords& machine) {
  auto plan = GatherOpenPlan(options, graph, machine);
  if (!plan) return plan;
  if (auto ok = TakeDegrees(options, plan->strategy); !ok) return tl::unexpected(ok.error());
  if (auto ok = TakeData(machine.devices, plan->strategy); !ok) return tl::unexpected(ok.error());
  if (auto ok = TakeBatch(options, *plan); !ok) return tl::unexpected(ok.error());
  return plan;
}

}  // namespace epochcost::app
