#include "api/estimate_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/text.h"

namespace epochcost::api {
namespace {

std::string Between(const Figure& figure) {
  if (figure.low == figure.high) return ThreeDigits(figure.value);
  return fmt::format("{} ({}–{})", ThreeDigits(figure.value), ThreeDigits(figure.low),
                     ThreeDigits(figure.high));
}

std::string Ascii(std::string text, const Style& style) {
  if (!style.ascii) return text;
  for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{"×", "x"},
                                 {"–", "-"},
                                 {"·", "|"},
                                 {"≈", "~"}}) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

std::string HoursText(double hours) {
  if (hours < 1.0 / 60) return fmt::format("{} s", ThreeDigits(hours * 3600));
  if (hours < 1) return fmt::format("{} min", ThreeDigits(hours * 60));
  if (hours < 72) return fmt::format("{} h", ThreeDigits(hours));
  return Say("{} days", ThreeDigits(hours / 24));
}

// How each quantity came about, the published derivation with its numbers.
std::string Derivation(const PricedTerm& term, const Estimate& e) {
  const EstimateTerms& t = e.terms;
  if (e.tier == Tier::kProbed) {
    const std::array<const Figure*, 6> figures = {&t.t_gpu,      &t.t_cpu,  &t.m_avg,
                                                  &t.d_transfer, &t.energy, &t.disk};
    return figures.at(static_cast<std::size_t>(term.term))->source;
  }
  switch (term.term) {
    case Term::kGpu:
      if (t.t_gpu.high == 0 && !t.t_gpu.source.empty()) {  // no GPU computes
        return fmt::format("T_gpu: {}", t.t_gpu.source);
      }
      return fmt::format(
          "T_gpu = (N_ops × P_avg) / (F_gpu × U_gpu) = ({} × {}) / ({} Hz × {}) = {} h",
          ThreeDigits(t.n_ops.value), ThreeDigits(t.p_avg.value), ThreeDigits(t.f_gpu.value),
          ThreeDigits(t.u_gpu.value), ThreeDigits(t.t_gpu.value));
    case Term::kCpu:
      return fmt::format("T_cpu: {}", t.t_cpu.source);
    case Term::kMemory: {
      const std::int64_t devices = e.devices / e.replicas;
      return fmt::format(
          "M_avg = (M_model + M_batch × B_size) × S_factor = ({} + {} × {}) × {} = {} GB{}",
          ThreeDigits(t.m_model.value), ThreeDigits(t.m_batch.value), ThreeDigits(t.b_size.value),
          ThreeDigits(t.s_factor.value), ThreeDigits(t.m_avg.value / static_cast<double>(devices)),
          devices > 1 ? Say(", × {} devices", devices) : "");
    }
    case Term::kNetwork:
      return fmt::format(
          "D_transfer = (M_grad × N_params) / C_compression = ({} GB × {}) / {} = {} GB",
          ThreeDigits(t.m_grad.value), ThreeDigits(t.n_updates.value),
          ThreeDigits(t.c_compression.value), ThreeDigits(t.d_transfer.value));
    case Term::kEnergy:
      return fmt::format("energy: {}", t.energy.source);
    case Term::kDisk:
      return fmt::format("disk: {}", t.disk.source);
  }
  return {};
}

std::string Total(std::string_view name, std::string_view how, const Money& value, const Money* low,
                  const Money* high, int level, const Pen& pen) {
  std::string line = PadRight(name, 14) + PadRight(how, 24) +
                     pen.Paint(Ink::kStrong, PadLeft(pen.Amount(value), 18));
  if (low != nullptr) {
    line += "   " + Say("{} %: {} – {}", level, pen.Amount(*low), pen.Amount(*high));
  }
  return line;
}

std::string TermLine(const PricedTerm& term, bool is_last, const Pen& pen) {
  std::string line = std::string(pen.Branch(is_last)) + PadRight(Label(term.term), 9);
  const std::string quantity = fmt::format(
      "{} {}", ThreeDigits(static_cast<double>(term.quantity_nano) / 1e9), term.quantity_unit);
  line += PadRight(quantity, 16);
  if (!term.is_priced) return line + Say("the sheet has no price for it");
  const Money price{term.price_nano, term.amount.currency};
  line += PadRight(fmt::format("{}/{}", pen.Price(price), UnitLabel(term.price_unit)), 20);
  return line + PadLeft(pen.Amount(term.amount), 18) +
         fmt::format("  {} {}", pen.Dot(term.quality), Translate(Name(term.quality)));
}

std::string StepLine(const Estimate& e) {
  return Say("step {} s · {} steps an epoch · epoch {} · peak memory {} GB · power {} kW",
             Between(e.step_seconds), e.steps_per_epoch, HoursText(e.epoch_hours.value),
             ThreeDigits(e.peak_memory_gb.value), ThreeDigits(e.power_watts.value / 1000));
}

// A phase of the whole run, with what it rests on below.
std::string PhaseLines(const PricedPhase& priced, int level, const Pen& pen) {
  const EstimatedPhase& phase = priced.phase;
  std::string text = Total(Label(phase.kind),
                           fmt::format("{} × {} s", phase.times, ThreeDigits(phase.seconds.value)),
                           priced.amount, &priced.low, &priced.high, level, pen) +
                     "\n";
  std::string why = fmt::format("{} {} {}", phase.seconds.source, pen.Dot(phase.seconds.quality),
                                Translate(Name(phase.seconds.quality)));
  if (phase.disk.value > 0) {
    const std::string size = ThreeDigits(phase.disk.value);
    why += phase.is_written ? " · " + Say("{} GB written by a replica", size)
                            : " · " + Say("{} GB read by a replica", size);
    if (!priced.is_disk_priced) why += fmt::format(": {}", Say("the sheet has no price for it"));
  }
  return text + "      " + pen.Paint(Ink::kFaint, why) + "\n";
}

}  // namespace

std::string ThreeDigits(double value) {
  if (value == 0) return "0";
  const double size = std::fabs(value);
  if (size >= 1e6 || size < 1e-3) return fmt::format("{:.2e}", value);
  const int digits = std::max(0, 2 - static_cast<int>(std::floor(std::log10(size))));
  return fmt::format("{:.{}f}", value, digits);
}

std::string EstimateText(const PricedEstimate& priced, const Style& style) {
  const Pen pen(style);
  const Estimate& e = priced.estimate;
  std::string text =
      pen.Paint(Ink::kStrong, fmt::format("{} · {} × {}", e.model, e.devices, e.device)) +
      fmt::format(" · {}\n", e.strategy);
  for (std::size_t i = 0; i < priced.terms.size(); ++i) {
    const bool is_last = i + 1 == priced.terms.size();
    text += TermLine(priced.terms[i], is_last, pen) + "\n";
    text += (is_last       ? "      "
             : style.ascii ? "|     "
                           : "│     ") +
            pen.Paint(Ink::kFaint, Derivation(priced.terms[i], e)) + "\n";
  }
  text += Total(Translate("one replica"), "", priced.per_replica, nullptr, nullptr, 0, pen) + "\n";
  text += Total(Translate("one epoch"), Say("× {} (N_replicas)", e.replicas), priced.per_epoch,
                &priced.per_epoch_low, &priced.per_epoch_high, e.level_percent, pen) +
          "\n";
  for (const PricedPhase& phase : priced.phases) text += PhaseLines(phase, e.level_percent, pen);
  text += Total(Translate("whole run"), Say("× {} (epochs)", e.epochs), priced.whole_run,
                &priced.whole_run_low, &priced.whole_run_high, e.level_percent, pen) +
          "\n";
  text += StepLine(e) + "\n";
  if (!priced.phases.empty()) {
    const double epochs = e.epoch_hours.value * static_cast<double>(e.epochs);
    text += Say("whole run {}, of these {} beside the steps", HoursText(e.run_hours.value),
                HoursText(e.run_hours.value - epochs)) +
            "\n";
  }
  text += Say("tier {}: {}", Name(e.tier),
              e.tier == Tier::kDatasheet    ? Say("data sheets alone; nothing was measured here")
              : e.tier == Tier::kCalibrated ? Say("constants fitted to measured runs")
                                            : Say("some steps of this very run")) +
          "\n";
  text +=
      Say("prices: sheet {}", priced.prices_source) +
      fmt::format(" {} {}", pen.Dot(priced.price_quality), Translate(Name(priced.price_quality)));
  for (const std::string& remark : e.remarks) text += "\n" + remark;
  for (const Obstacle& obstacle : e.obstacles) {
    text += "\n" + pen.Paint(Ink::kBad, Say("does not run: {}", obstacle.what)) + "\n  " +
            Say("because {}", obstacle.why) + "\n  " + Say("hint: {}", obstacle.hint);
  }
  if (priced.published) {
    text += "\n" + Say("published for one epoch: {} – {} ({}; {}, read on {})",
                       pen.Amount(priced.published->low), pen.Amount(priced.published->high),
                       priced.published->title, priced.published->source, priced.published->date);
  }
  return Ascii(std::move(text), style);
}

std::string LayersText(const PricedEstimate& priced, const std::vector<LayerCost>& layers,
                       const Style& style) {
  constexpr Wide kAttoPerNano = 1'000'000'000;
  const Pen pen(style);
  const Currency currency = priced.per_epoch.currency;
  Wide whole = 0;
  for (const LayerCost& layer : layers) whole += layer.total_atto;
  int width = 10;
  for (const LayerCost& layer : layers) width = std::max(width, DisplayWidth(layer.path));
  width = std::min(width, 48) + 2;
  std::string text = PadRight(Translate("layer"), width) + PadLeft("×", 5) +
                     PadLeft(Translate("parameters"), 18) + PadLeft(Translate("operations"), 13);
  for (const PricedTerm& term : priced.terms) text += PadLeft(Label(term.term), 14);
  text += PadLeft(Translate("cost"), 16) + PadLeft("%", 8) + "\n";
  const auto amount = [&](Wide atto) { return pen.Amount({atto / kAttoPerNano, currency}); };
  const auto row = [&](const LayerCost& layer, std::string_view name) {
    std::string line = PadRight(name, width) + PadLeft(std::to_string(layer.repetitions), 5) +
                       PadLeft(ToGrouped(layer.parameters * kNanoPerUnit, 0), 18) +
                       PadLeft(ThreeDigits(static_cast<double>(layer.operations)), 13);
    for (const PricedTerm& term : priced.terms) {
      line += PadLeft(amount(layer.atto.at(static_cast<std::size_t>(term.term))), 14);
    }
    return line + PadLeft(amount(layer.total_atto), 16) +
           PadLeft(Percent(layer.total_atto, std::max<Wide>(whole, 1)), 8) + "\n";
  };
  LayerCost sum{.path = std::string(Translate("one epoch"))};
  for (const LayerCost& layer : layers) {
    text += row(layer, layer.path);
    sum.parameters += layer.parameters;
    sum.operations += layer.operations;
    for (std::size_t i = 0; i < sum.atto.size(); ++i) sum.atto.at(i) += layer.atto.at(i);
    sum.total_atto += layer.total_atto;
  }
  text += pen.Rule(width + 5 + 18 + 13 + 14 * static_cast<int>(priced.terms.size()) + 16 + 8) +
          "\n" + row(sum, sum.path);
  text.pop_back();
  return Ascii(std::move(text), style);
}

}  // namespace epochcost::api
