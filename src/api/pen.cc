#include "api/pen.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/escape.h"
#include "base/text.h"

namespace epochcost::api {
namespace {

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

std::string Pen::Paint(Ink ink, std::string_view text) const {
  if (!style_.colour) return std::string(text);
  std::string_view code;
  switch (ink) {
    case Ink::kStrong:
      code = "1";
      break;
    case Ink::kFaint:
      code = "2";
      break;
    case Ink::kGood:
      code = "32";
      break;
    case Ink::kBad:
      code = "31";
      break;
    case Ink::kWarning:
      code = "33";
      break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string Pen::Amount(const Money& money) const {
  std::string text = Format(money);
  if (!style_.ascii) return text;
  const std::string bare = ReplaceAll(ReplaceAll(text, "−", ""), money.currency.Symbol(), "");
  return fmt::format("{} {}{}", money.currency.Code(), money.nano < 0 ? "-" : "", bare);
}

std::string Pen::Price(const Money& money) const {
  std::string number = ToDecimal(money.nano);
  const auto point = number.find('.');
  if (point == std::string::npos) number += ".00";
  if (point != std::string::npos && point + 2 == number.size()) number += "0";
  if (style_.ascii) return fmt::format("{} {}", money.currency.Code(), number);
  return fmt::format("{}{}", money.currency.Symbol(), number);
}

std::string Pen::Duration(Nanos duration) const {
  const std::string text = FormatDuration(duration);
  return style_.ascii ? ReplaceAll(text, "−", "-") : text;
}

std::string Pen::Name(std::string_view text, int cells) const {
  return ForTerminal(text, cells, style_.ascii);
}

std::string_view Pen::Dot(Quality quality) const {
  if (!style_.ascii) return epochcost::Dot(quality);
  constexpr std::array<std::string_view, 3> kAscii = {"*", "~", "?"};
  return kAscii.at(static_cast<std::size_t>(quality));
}

std::string Pen::Unit(std::string_view unit) const {
  return style_.ascii ? ReplaceAll(std::string(unit), "·", " ") : std::string(unit);
}

std::string_view Pen::Branch(bool last) const {
  if (style_.ascii) return last ? "`- " : "|- ";
  return last ? "└─ " : "├─ ";
}

std::string Pen::Bar(Wide part, Wide whole, int cells) const {
  Wide filled = whole > 0 ? (part * cells + whole / 2) / whole : 0;
  if (part > 0) filled = std::max<Wide>(filled, 1);
  filled = std::clamp<Wide>(filled, 0, cells);
  std::string bar;
  for (int cell = 0; cell < cells; ++cell) {
    if (cell < filled) {
      bar += style_.ascii ? "#" : "█";
    } else {
      bar += style_.ascii ? "." : "░";
    }
  }
  return bar;
}

std::string Pen::Rule(int cells) const {
  std::string rule;
  for (int cell = 0; cell < cells; ++cell) rule += style_.ascii ? "-" : "─";
  return rule;
}

std::string Percent(Wide part, Wide whole) {
  if (whole == 0) return "0 %";
  const Wide tenths = (part * 1000 + (part < 0 ? -whole : whole) / 2) / whole;
  const auto value = static_cast<std::int64_t>(tenths);
  return fmt::format("{}{}.{} %", value < 0 ? "-" : "", std::abs(value) / 10, std::abs(value) % 10);
}

std::string_view Label(Term term) {
  switch (term) {
    case Term::kGpu:
      return "GPU";
    case Term::kCpu:
      return "CPU";
    case Term::kMemory:
      return Translate("memory");
    case Term::kNetwork:
      return Translate("network");
    case Term::kEnergy:
      return Translate("energy");
    case Term::kDisk:
      return Translate("disk");
  }
  return "";
}

std::string_view Label(Resource resource) {
  switch (resource) {
    case Resource::kGpuTime:
      return Translate("GPU time");
    case Resource::kCpuTime:
      return Translate("CPU time");
    case Resource::kMemory:
      return Translate("memory");
    case Resource::kNetworkIn:
      return Translate("network in");
    case Resource::kNetworkOut:
      return Translate("network out");
    case Resource::kLoopback:
      return Translate("loopback");
    case Resource::kGpuHeld:
      return Translate("GPU time held");
    case Resource::kGpuEnergy:
      return Translate("GPU energy");
    case Resource::kCpuEnergy:
      return Translate("CPU energy");
    case Resource::kDiskRead:
      return Translate("disk read");
    case Resource::kDiskWrite:
      return Translate("disk written");
    case Resource::kRdmaIn:
      return Translate("RDMA in");
    case Resource::kRdmaOut:
      return Translate("RDMA out");
  }
  return "";
}

std::string Label(const Scope& scope) {
  switch (scope.kind) {
    case ScopeKind::kEpoch:
      return Say("epoch {}", scope.index + 1);
    case ScopeKind::kSetup:
      return std::string(Translate("setup"));
    case ScopeKind::kEval:
      return Say("evaluation {}", scope.index + 1);
    case ScopeKind::kCheckpoint:
      return Say("checkpoint {}", scope.index + 1);
    case ScopeKind::kIdle:
      return Say("outside epochs {}", scope.index + 1);
  }
  return "";
}

std::string_view Label(ScopeKind kind) {
  switch (kind) {
    case ScopeKind::kEpoch:
      return Translate("epoch");
    case ScopeKind::kSetup:
      return Translate("setup");
    case ScopeKind::kEval:
      return Translate("evaluation");
    case ScopeKind::kCheckpoint:
      return Translate("checkpoint");
    case ScopeKind::kIdle:
      return Translate("outside epochs");
  }
  return "";
}

std::string_view UnitLabel(std::string_view unit) {
  if (unit == "hour") return Translate("hour");
  if (unit == "GB_hour") return Translate("GB·hour");
  if (unit == "GB_epoch") return Translate("GB per epoch");
  return "GB";
}

}  // namespace epochcost::api
