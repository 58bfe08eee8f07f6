#include "estimate/calibration/shipped.h"

#include <fmt/format.h>

#include "base/text.h"
#include "estimate/embedded.h"
#include "estimate/predict.h"
#include "estimate/toml_table.h"

namespace epochcost::estimate {
namespace {

// Of a device whose runs were never measured: the mean error of predictions without a fit.
constexpr double kUnmeasuredShift = 0.17;

}  // namespace

Result<std::vector<ShippedStack>> ParseCalibration(std::string_view toml,
                                                   std::string_view file_name) {
  const auto document = ParseToml(toml, file_name);
  if (!document) return tl::unexpected(document.error());
  TableReader reader(file_name);
  std::vector<ShippedStack> stacks;
  for (const toml::table* table : reader.Tables(*document, "stack")) {
    ShippedStack stack;
    stack.name = reader.Text(*table, "name");
    stack.device = reader.Text(*table, "device");
    stack.source = reader.Text(*table, "source");
    stack.date = reader.Text(*table, "date");
    const std::string precision = reader.Text(*table, "precision");
    if (const auto parsed = ParsePrecision(precision)) {
      stack.precision = *parsed;
    } else {
      reader.Refuse(*table, Say("precision cannot be '{}'", precision));
    }
    stack.calibration.runs = static_cast<std::size_t>(reader.WholeOr(*table, "runs", 0));
    const auto number = [&](std::string_view key, double otherwise) {
      const auto value = (*table)[key].value<double>();
      return value && *value > 0 ? *value : otherwise;
    };
    stack.mean_error = number("mean_error_percent", 0);
    stack.calibration.shift = number("deviation", kUnmeasuredShift);
    for (std::size_t i = 0; i < kConstantCount; ++i) {
      const ConstantInfo& info = ConstantInfos().at(i);
      stack.calibration.constants.Set(static_cast<Constant>(i),
                                      number(info.name, info.prior.value));
    }
    stacks.push_back(std::move(stack));
  }
  if (reader.FirstError()) return tl::unexpected(*reader.FirstError());
  return stacks;
}

std::string WriteCalibration(const std::vector<ShippedStack>& stacks) {
  std::string text =
      "# Constants of the time model, fitted to published runs by bench/accuracy/estimate "
      "--write.\n"
      "# deviation: standard deviation of the logarithm of a prediction for other runs of the "
      "kind.\n";
  for (const ShippedStack& stack : stacks) text += StackToml(stack);
  return text;
}

std::string StackToml(const ShippedStack& stack) {
  std::string text = fmt::format(
      "\n[[stack]]\nname = {}\ndevice = {}\nprecision = \"{}\"\nruns = {}\n"
      "mean_error_percent = {:.2f}\ndeviation = {:.3f}\nsource = {}\ndate = {}\n",
      QuotedToml(stack.name), QuotedToml(stack.device), Name(stack.precision),
      stack.calibration.runs, stack.mean_error, stack.calibration.shift, QuotedToml(stack.source),
      stack.date);
  for (std::size_t i = 0; i < kConstantCount; ++i) {
    text += fmt::format("{} = {:.6g}\n", ConstantInfos().at(i).name,
                        stack.calibration.constants.Values().at(i));
  }
  return text;
}

const std::vector<ShippedStack>& ShippedStacks() {
  static const std::vector<ShippedStack> kStacks =
      ParseCalibration(embedded::kCalibrationToml, "catalog/calibration/steps.toml").value();
  return kStacks;
}

const StackCalibration* ShippedImageCalibration(const Machine& machine, Precision precision) {
  static const std::vector<ShippedStack> kStacks =
      ParseCalibration(embedded::kImageCalibrationToml, "catalog/calibration/images.toml").value();
  const auto is_half = [](Precision one) {
    return one == Precision::kFp16 || one == Precision::kBf16;
  };
  const auto is_known = [&](Precision one) { return one == Precision::kFp32 || is_half(one); };
  for (const ShippedStack& stack : kStacks) {
    if (machine.device.starts_with(stack.device) && is_known(precision) &&
        is_half(stack.precision) == is_half(precision)) {
      return &stack.calibration;
    }
  }
  return nullptr;
}

const StackCalibration& ShippedCalibration(const Machine& machine, Precision precision) {
  static const StackCalibration kNothing = [] {
    StackCalibration nothing;
    nothing.shift = kUnmeasuredShift;
    return nothing;
  }();
  const auto is_narrow = [](Precision one) { return one == Precision::kFp8; };
  for (const ShippedStack& stack : ShippedStacks()) {
    if (machine.device.starts_with(stack.device) &&
        is_narrow(stack.precision) == is_narrow(precision)) {
      return stack.calibration;
    }
  }
  return kNothing;
}

}  // namespace epochcost::estimate
