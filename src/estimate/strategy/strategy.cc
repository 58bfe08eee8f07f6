#include "estimate/strategy/strategy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace epochcost::estimate {
namespace {

constexpr std::int64_t kMost = 1'000'000'000;

Result<void> CheckPositive(std::string_view name, std::int64_t value) {
  if (value < 1) {
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", name, value),
                Say("it is a whole number from 1 up"));
  }
  if (value > kMost) {
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", name, value),
                Say("no machine is so large: at most {}", kMost));
  }
  return {};
}

Result<void> CheckDivides(std::string_view degree, std::int64_t by, std::string_view thing,
                          std::int64_t count) {
  if (by <= 1 || count % by == 0) return {};
  std::string fitting;
  for (std::int64_t i = 1; i <= std::min<std::int64_t>(count, 64); ++i) {
    if (count % i == 0) fitting += fmt::format("{}{}", fitting.empty() ? "" : ", ", i);
  }
  return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", degree, by),
              Say("it does not divide the model's {} {}", count, thing),
              Say("these do: {}", fitting));
}

}  // namespace

std::string_view Name(Optimizer optimizer) {
  static constexpr std::array<std::string_view, 6> kNames = {"sgd",      "momentum",  "adam",
                                                             "adam8bit", "adafactor", "muon"};
  return kNames.at(static_cast<std::size_t>(optimizer));
}

std::string_view Name(Sharding sharding) {
  static constexpr std::array<std::string_view, 4> kNames = {"ddp", "zero1", "zero2", "zero3"};
  return kNames.at(static_cast<std::size_t>(sharding));
}

std::string_view Name(Recompute recompute) {
  static constexpr std::array<std::string_view, 3> kNames = {"none", "selective", "full"};
  return kNames.at(static_cast<std::size_t>(recompute));
}

std::string Describe(const Strategy& strategy) {
  std::string text = fmt::format("dp {}", strategy.data);
  const auto add = [&text](std::string_view name, std::int64_t degree) {
    if (degree > 1) text += fmt::format(" · {} {}", name, degree);
  };
  add("tp", strategy.tensor);
  add("pp", strategy.pipeline);
  add("chunks", strategy.chunks);
  add("cp", strategy.context);
  add("ep", strategy.expert);
  if (strategy.sharding != Sharding::kNone) text += fmt::format(" · {}", Name(strategy.sharding));
  text += fmt::format(" · micro-batch {} × {} · {}", strategy.micro_batch, strategy.accumulation,
                      Name(strategy.precision));
  if (strategy.recompute != Recompute::kNone) {
    text += fmt::format(" · recompute {}", Name(strategy.recompute));
  }
  return text;
}

Machine MachineOf(const Device& device, const Link& node_link, double node_bandwidth) {
  Machine machine;
  machine.device = device.name;
  for (std::size_t i = 0; i < kPrecisionCount; ++i) {
    machine.peak_ops.at(i) = static_cast<double>(device.peak.at(i).value_or(0));
  }
  machine.memory_bytes = static_cast<double>(device.memory_bytes);
  machine.memory_bandwidth = static_cast<double>(device.bytes_per_second);
  machine.units = std::max<std::int64_t>(device.units, 1);
  machine.clock_hz = static_cast<double>(device.clock_hz);
  machine.rated_watts = static_cast<double>(device.rated_milliwatts) / 1000;
  machine.device_bandwidth = static_cast<double>(node_link.bytes_per_second);
  machine.node_bandwidth = node_bandwidth;
  machine.devices_per_node = device.node_devices;
  // A process of Python and its framework, without a device's context.
  if (device.kind == DeviceKind::kCpu) {
    machine.context_bytes = 0.3e9;
    machine.updates_each_tensor = true;
  }
  return machine;
}

Result<void> Check(const Graph& graph, const Strategy& strategy, const Machine& machine) {
  const std::array<std::pair<std::string_view, std::int64_t>, 9> degrees = {{
      {"data", strategy.data},
      {"tensor", strategy.tensor},
      {"pipeline", strategy.pipeline},
      {"context", strategy.context},
      {"expert", strategy.expert},
      {"chunks", strategy.chunks},
      {"micro_batch", strategy.micro_batch},
      {"accumulation", strategy.accumulation},
      {"sync_interval", strategy.sync_interval},
  }};
  double devices = 1;
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    if (auto ok = CheckPositive(degrees.at(i).first, degrees.at(i).second); !ok) return ok;
    if (i < 4) devices *= static_cast<double>(degrees.at(i).second);
  }
  if (devices > static_cast<double>(kMost)) {
    return Fail(ErrorCode::kInvalidInput, Say("a strategy of {:.3g} devices", devices),
                Say("no machine is so large: at most {}", kMost),
                Say("lower a degree of parallelism"));
  }
  if (!(strategy.gradient_compression >= 1) || strategy.gradient_compression > 1e6) {
    return Fail(ErrorCode::kInvalidInput,
                Say("{} cannot be {}", "gradient_compression", strategy.gradient_compression),
                Say("it is a ratio from 1 (none) to 1,000,000"));
  }
  if (machine.Peak(strategy.precision) <= 0) {
    return Fail(ErrorCode::kInvalidInput,
                Say("{} does not compute in {}", machine.device, Name(strategy.precision)),
                Say("its data sheet names no such peak"),
                Say("choose another precision or device"));
  }
  if (graph.heads > 0) {
    if (auto ok = CheckDivides("tensor", strategy.tensor, "heads", graph.heads); !ok) return ok;
    if (auto ok = CheckDivides("context", strategy.context, "tokens", graph.tokens_per_sample);
        !ok) {
      return ok;
    }
  } else if (strategy.tensor > 1 || strategy.context > 1) {
    return Fail(ErrorCode::kInvalidInput,
                Say("{} cannot be divided by tensor or context", graph.name),
                Say("only transformers are"), Say("use data or pipeline parallelism"));
  }
  if (strategy.expert > 1) {
    if (graph.experts == 0) {
      return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", "expert", strategy.expert),
                  Say("{} has no experts", graph.name));
    }
    if (auto ok = CheckDivides("expert", strategy.expert, "experts", graph.experts); !ok) return ok;
  }
  const std::int64_t layers = LayerCount(graph);
  if (strategy.pipeline > std::max<std::int64_t>(layers, 1) / strategy.chunks) {
    return Fail(
        ErrorCode::kInvalidInput,
        Say("a pipeline cannot have {} stages of {} chunks", strategy.pipeline, strategy.chunks),
        Say("{} has {} layers to deal out", graph.name, layers), Say("lower pipeline or chunks"));
  }
  if (strategy.chunks > 1 && strategy.pipeline == 1) {
    return Fail(ErrorCode::kInvalidInput, Say("{} cannot be {}", "chunks", strategy.chunks),
                Say("one stage cannot be interleaved"), Say("raise pipeline"));
  }
  return {};
}

}  // namespace epochcost::estimate
