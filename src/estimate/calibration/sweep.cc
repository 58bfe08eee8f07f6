#include "estimate/calibration/sweep.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "estimate/graph/operators.h"
#include "estimate/json_object.h"
#include "estimate/time/collective.h"
#include "estimate/time/operator_time.h"

namespace epochcost::estimate {
namespace {

constexpr std::string_view kPlace = "the sweep";
constexpr std::array<std::string_view, kSweepKindCount> kNames = {
    "product", "batched", "attention", "convolution", "moving",    "norm",
    "softmax", "pool",    "chain",     "update",      "collective"};
constexpr std::int64_t kLargest = 1'000'000'000;

double Seconds(const nlohmann::json& json, ObjectReader& reader, std::string_view key,
               bool is_needed) {
  const auto found = json.find(key);
  if (found == json.end() && !is_needed) return 0;
  constexpr double kHour = 3600;
  if (found == json.end() || !found->is_number() || !(found->get<double>() > 0) ||
      found->get<double>() > kHour) {
    reader.Refuse(Say("{} is no time of a measurement", key));
    return 0;
  }
  return found->get<double>();
}

Measured ReadMeasured(const nlohmann::json& json, ObjectReader& reader, SweepKind kind) {
  Measured measured{.kind = kind};
  for (const std::string_view key : Keys(kind)) {
    const std::int64_t size = reader.Whole(key);
    if (size < 1 || size > kLargest) reader.Refuse(Say("{} cannot be {}", key, size));
    measured.shape.push_back(std::clamp<std::int64_t>(size, 1, kLargest));
  }
  measured.forward = Seconds(json, reader, "forward", true);
  measured.backward = Seconds(json, reader, "backward", false);
  return measured;
}

SweptMachine ReadMachine(ObjectReader& reader) {
  return {.library = reader.Text("library"),
          .processor = reader.Text("processor"),
          .host = reader.TextOr("host", ""),
          .threads = std::max<std::int64_t>(1, reader.Whole("threads")),
          .cores = std::max<std::int64_t>(1, reader.Whole("cores")),
          .memory_bytes = reader.Whole("memory_bytes")};
}

// How many samples an operator of a measurement is computed for at once.
std::int64_t BatchOf(const Measured& measured) {
  return measured.kind == SweepKind::kConvolution ? measured.shape[0] : 1;
}

Operator OperatorOf(const Measured& measured) {
  const std::vector<std::int64_t>& s = measured.shape;
  switch (measured.kind) {
    case SweepKind::kProduct:
      return Linear("", s[0], s[2], s[1], false);
    case SweepKind::kBatched:
      return BatchedProduct("", s[0], s[1], s[1], s[2]);
    case SweepKind::kAttention:
      return FusedAttention("", s[0], s[1], s[1], s[2], true);
    case SweepKind::kConvolution:
      return Convolution("", s[3] * s[3], s[3] * s[3], s[4] * s[4], s[1], s[2], s[5], false);
    case SweepKind::kNorm:
      return Norm("", s[0], 0);
    case SweepKind::kPool:
      return Pool("", s[0], std::max<std::int64_t>(1, s[0] / 4));
    case SweepKind::kSoftmax: {
      Operator softmax = Activation("", s[0]);
      softmax.kind = OpKind::kSoftmax;
      return softmax;
    }
    case SweepKind::kChain:
      return Linear("", 1, s[1], s[1], false);
    default:
      return Elementwise("", 2 * s[0], s[0]);
  }
}

Strategy PlainStrategy(const Measured& measured) {
  Strategy strategy;
  strategy.precision = Precision::kFp32;
  strategy.micro_batch = BatchOf(measured);
  return strategy;
}

}  // namespace

std::string_view Name(SweepKind kind) { return kNames.at(static_cast<std::size_t>(kind)); }

const std::vector<std::string_view>& Keys(SweepKind kind) {
  static const std::array<std::vector<std::string_view>, kSweepKindCount> kKeys = {{
      {"m", "n", "k"},
      {"heads", "rows", "width"},
      {"heads", "rows", "width"},
      {"batch", "in", "out", "side", "window", "groups"},
      {"elements"},
      {"elements"},
      {"elements"},
      {"elements"},
      {"layers", "width"},
      {"tensors", "elements"},
      {"members", "bytes"},
  }};
  return kKeys.at(static_cast<std::size_t>(kind));
}

Result<SweepLine> ParseSweepLine(std::string_view line) {
  const auto json = ParseJson(line, kPlace);
  if (!json) return tl::unexpected(json.error());
  ObjectReader reader(*json, kPlace);
  const std::string kind = reader.Text("kind");
  SweepLine read;
  if (kind == "machine") {
    read = ReadMachine(reader);
  } else if (kind == "progress") {
    read = SweepProgress{.done = reader.Whole("done"),
                         .of = std::max<std::int64_t>(1, reader.Whole("of")),
                         .what = reader.Text("what")};
  } else if (kind == "skipped") {
    read = SweepSkipped{.what = reader.Text("what"), .why = reader.TextOr("why", "")};
  } else if (kind == "error") {
    read = SweepFault{.library = reader.TextOr("library", ""),
                      .detail = reader.TextOr("detail", ""),
                      .python = reader.TextOr("python", "")};
  } else if (const auto found = std::ranges::find(kNames, kind); found != kNames.end()) {
    read = ReadMeasured(*json, reader, static_cast<SweepKind>(found - kNames.begin()));
  } else {
    reader.Refuse(Say("kind cannot be '{}'", std::string_view(kind).substr(0, 40)));
  }
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return read;
}

double MatrixOps(const Measured& measured) {
  switch (measured.kind) {
    case SweepKind::kProduct:
    case SweepKind::kBatched:
    case SweepKind::kAttention:
    case SweepKind::kConvolution:
      return static_cast<double>(OperatorOf(measured).forward_ops) *
             static_cast<double>(BatchOf(measured));
    default:
      return 0;
  }
}

SweepSeconds PredictMeasured(const Measured& measured, const Machine& machine,
                             const Constants& constants) {
  const auto first = static_cast<double>(measured.shape[0]);
  if (measured.kind == SweepKind::kCollective) {
    const Group group{.members = measured.shape[0], .per_node = measured.shape[0]};
    return {.forward = Interconnect(machine, constants)
                           .AllReduce(group, static_cast<double>(measured.shape[1]))};
  }
  if (measured.kind == SweepKind::kUpdate) {
    // As TimeStep has it: 30 bytes of a parameter, its gradient and its state are moved.
    const double bytes = 30 * first * static_cast<double>(measured.shape[1]);
    return {.forward = constants[Constant::kStep] +
                       bytes / (machine.memory_bandwidth * constants[Constant::kMemory])};
  }
  const Strategy strategy = PlainStrategy(measured);
  const PassSeconds each = DeviceRates(machine, strategy, constants).Of(OperatorOf(measured));
  if (measured.kind == SweepKind::kMoving) return {.forward = each.forward};
  if (measured.kind == SweepKind::kChain) {
    return {.forward = first * each.forward,
            .backward = first * each.backward + constants[Constant::kMicroBatch]};
  }
  return {.forward = each.forward, .backward = each.backward};
}

}  // namespace epochcost::estimate
