#include "app/plan_interludes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "tariff/sheet_file.h"

namespace epochcost::app {
namespace {

constexpr std::string_view kEpoch = "epoch";

// A number above 0, as "2.5", up to `most`.
Result<double> Positive(std::string_view flag, const std::string& text, std::int64_t most) {
  const auto amount = tariff::ParseAmount(flag, text);
  const double value = amount ? static_cast<double>(amount->Count()) / 1e9 : 0;
  if (value > 0 && value <= static_cast<double>(most)) return value;
  return Fail(ErrorCode::kInvalidInput,
              Say("{} cannot be '{}'", flag, std::string_view(text).substr(0, 40)),
              Say("it is a number above 0 and up to {}", most));
}

// Steps, or 0 for once an epoch.
Result<std::int64_t> Every(std::string_view flag, const std::string& text) {
  if (text == kEpoch) return 0;
  auto steps = ParseWholeFlag(flag, text);
  if (steps) return *steps;
  steps.error().hint = Say("for once an epoch write: {} epoch", flag);
  return steps;
}

tl::unexpected<Error> Needs(std::string_view flag, std::string_view other,
                            std::string_view example) {
  return Fail(ErrorCode::kInvalidInput, Say("{} is given without {}", flag, other),
              Say("it says how something is done that is not done"),
              Say("for example {} {}", other, example));
}

}  // namespace

Result<estimate::Interludes> GatherInterludes(const PlanOptions& options) {
  estimate::Interludes asked;
  if (!options.eval_samples.empty()) {
    const auto samples = ParseWholeFlag("--eval-samples", options.eval_samples);
    if (!samples) return tl::unexpected(samples.error());
    asked.evaluated_samples = *samples;
  }
  if (!options.eval_every.empty()) {
    if (options.eval_samples.empty()) return Needs("--eval-every", "--eval-samples", "50000");
    const auto every = Every("--eval-every", options.eval_every);
    if (!every) return tl::unexpected(every.error());
    asked.evaluate_every = *every;
  }
  if (!options.checkpoint_every.empty()) {
    const auto every = Every("--checkpoint-every", options.checkpoint_every);
    if (!every) return tl::unexpected(every.error());
    asked.checkpoint_every = *every;
  }
  if (!options.disk_speed.empty()) {
    if (!asked.checkpoint_every) return Needs("--disk-speed", "--checkpoint-every", "epoch");
    const auto speed = Positive("--disk-speed", options.disk_speed, 1'000'000);
    if (!speed) return tl::unexpected(speed.error());
    asked.disk_bytes_per_second = *speed * 1e9;
  }
  if (!options.compile.empty()) {
    asked.is_compiled = true;
    if (options.compile != "auto") {
      auto seconds = Positive("--compile", options.compile, 10'000'000);
      if (!seconds) {
        seconds.error().hint = Say("seconds, or by the model's operators: --compile auto");
        return tl::unexpected(seconds.error());
      }
      asked.compile_seconds = *seconds;
    }
  }
  return asked;
}

Result<double> GatherScatter(const PlanOptions& options) {
  if (options.stragglers.empty()) return 0;
  const auto percent = Positive("--stragglers", options.stragglers, 100);
  if (!percent) return tl::unexpected(percent.error());
  return *percent / 100;
}

}  // namespace epochcost::app
