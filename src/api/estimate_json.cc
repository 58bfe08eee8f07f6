#include "api/estimate_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/escape.h"

namespace epochcost::api {
namespace {

using Json = nlohmann::ordered_json;

Json Integer(Wide value) {
  constexpr Wide kLargestExactNumber = Wide{1} << 53;
  if (value > kLargestExactNumber || value < -kLargestExactNumber) return ToString(value);
  return static_cast<std::int64_t>(value);
}

Json OfFigure(const Figure& figure, std::string_view unit) {
  return {{"value", figure.value},
          {"low", figure.low},
          {"high", figure.high},
          {"unit", unit},
          {"quality", Name(figure.quality)},
          {"source", ValidUtf8(figure.source)}};
}

Json OfTerms(const EstimateTerms& t) {
  return {{"n_ops", OfFigure(t.n_ops, "operations")},
          {"p_avg", OfFigure(t.p_avg, "cycles")},
          {"f_gpu", OfFigure(t.f_gpu, "Hz")},
          {"u_gpu", OfFigure(t.u_gpu, "1")},
          {"t_gpu", OfFigure(t.t_gpu, "h")},
          {"t_cpu", OfFigure(t.t_cpu, "h")},
          {"m_model", OfFigure(t.m_model, "GB")},
          {"m_batch", OfFigure(t.m_batch, "GB")},
          {"b_size", OfFigure(t.b_size, "samples")},
          {"s_factor", OfFigure(t.s_factor, "1")},
          {"m_avg", OfFigure(t.m_avg, "GB")},
          {"m_grad", OfFigure(t.m_grad, "GB")},
          {"n_params", OfFigure(t.n_updates, "updates")},
          {"c_compression", OfFigure(t.c_compression, "1")},
          {"d_transfer", OfFigure(t.d_transfer, "GB")},
          {"energy", OfFigure(t.energy, "kWh")},
          {"disk", OfFigure(t.disk, "GB")}};
}

Json OfObstacles(const Estimate& e) {
  Json obstacles = Json::array();
  for (const Obstacle& each : e.obstacles) {
    obstacles.push_back({{"what", ValidUtf8(each.what)},
                         {"why", ValidUtf8(each.why)},
                         {"hint", ValidUtf8(each.hint)}});
  }
  return obstacles;
}

Json OfPriced(const PricedTerm& term) {
  return {{"term", Name(term.term)},
          {"is_priced", term.is_priced},
          {"price_nano", Integer(term.price_nano)},
          {"price_unit", term.price_unit},
          {"quantity_nano", Integer(term.quantity_nano)},
          {"quantity_unit", term.quantity_unit},
          {"amount_nano", Integer(term.amount.nano)},
          {"quality", Name(term.quality)}};
}

Json OfPublished(const PublishedCost& published) {
  return {{"title", ValidUtf8(published.title)},
          {"epoch_low_nano", Integer(published.low.nano)},
          {"epoch_high_nano", Integer(published.high.nano)},
          {"currency", published.low.currency.Code()},
          {"source", ValidUtf8(published.source)},
          {"date", published.date}};
}

Json OfPhase(const PricedPhase& priced) {
  const EstimatedPhase& phase = priced.phase;
  return {{"phase", Name(phase.kind)},
          {"times", Integer(phase.times)},
          {"each", OfFigure(phase.seconds, "s")},
          {"hours", OfFigure(phase.hours, "h")},
          {"t_gpu", OfFigure(phase.t_gpu, "h")},
          {"t_cpu", OfFigure(phase.t_cpu, "h")},
          {"m_avg", OfFigure(phase.m_avg, "GB")},
          {"energy", OfFigure(phase.energy, "kWh")},
          {"disk", OfFigure(phase.disk, "GB")},
          {"is_written", phase.is_written},
          {"is_disk_priced", priced.is_disk_priced},
          {"amount_nano", Integer(priced.amount.nano)},
          {"amount_low_nano", Integer(priced.low.nano)},
          {"amount_high_nano", Integer(priced.high.nano)}};
}

void Put(Json& out, const PricedEstimate& priced) {
  const Estimate& e = priced.estimate;
  out["model"] = ValidUtf8(e.model);
  out["device"] = e.device;
  out["devices"] = e.devices;
  out["replicas"] = e.replicas;
  out["strategy"] = ValidUtf8(e.strategy);
  out["tier"] = Name(e.tier);
  out["level_percent"] = e.level_percent;
  out["steps_per_epoch"] = Integer(e.steps_per_epoch);
  out["epochs"] = Integer(e.epochs);
  out["step"] = OfFigure(e.step_seconds, "s");
  out["epoch"] = OfFigure(e.epoch_hours, "h");
  out["duration"] = OfFigure(e.run_hours, "h");
  out["peak_memory"] = OfFigure(e.peak_memory_gb, "GB");
  out["power"] = OfFigure(e.power_watts, "W");
  out["derivations"] = OfTerms(e.terms);
  out["currency"] = priced.per_epoch.currency.Code();
  Json terms = Json::array();
  for (const PricedTerm& term : priced.terms) terms.push_back(OfPriced(term));
  out["terms"] = std::move(terms);
  out["per_replica_nano"] = Integer(priced.per_replica.nano);
  out["per_epoch_nano"] = Integer(priced.per_epoch.nano);
  out["per_epoch_low_nano"] = Integer(priced.per_epoch_low.nano);
  out["per_epoch_high_nano"] = Integer(priced.per_epoch_high.nano);
  Json phases = Json::array();
  for (const PricedPhase& phase : priced.phases) phases.push_back(OfPhase(phase));
  out["phases"] = std::move(phases);
  out["whole_run_nano"] = Integer(priced.whole_run.nano);
  out["whole_run_low_nano"] = Integer(priced.whole_run_low.nano);
  out["whole_run_high_nano"] = Integer(priced.whole_run_high.nano);
  out["prices"] = {{"source", ValidUtf8(priced.prices_source)},
                   {"quality", Name(priced.price_quality)}};
  out["fits"] = e.obstacles.empty();
  out["obstacles"] = OfObstacles(e);
  Json remarks = Json::array();
  for (const std::string& remark : e.remarks) remarks.push_back(ValidUtf8(remark));
  out["remarks"] = std::move(remarks);
  out["published"] = priced.published ? OfPublished(*priced.published) : Json(nullptr);
}

Json OfLayer(const LayerCost& layer) {
  return {{"path", ValidUtf8(layer.path)},           {"kind", layer.kind},
          {"repetitions", layer.repetitions},        {"parameters", Integer(layer.parameters)},
          {"operations", Integer(layer.operations)}, {"gpu_atto", Integer(layer.atto[0])},
          {"cpu_atto", Integer(layer.atto[1])},      {"memory_atto", Integer(layer.atto[2])},
          {"network_atto", Integer(layer.atto[3])},  {"energy_atto", Integer(layer.atto[4])},
          {"disk_atto", Integer(layer.atto[5])},     {"total_atto", Integer(layer.total_atto)}};
}

Json OfError(const Error& error) {
  return {{"what", ValidUtf8(error.what)},
          {"why", ValidUtf8(error.why)},
          {"hint", ValidUtf8(error.hint)}};
}

}  // namespace

std::string EstimateJson(const PricedEstimate& priced, const std::vector<LayerCost>& layers) {
  Json out = {{"schema_version", 1}, {"type", "estimate"}};
  Put(out, priced);
  if (!layers.empty()) {
    Json rows = Json::array();
    for (const LayerCost& layer : layers) rows.push_back(OfLayer(layer));
    out["layers"] = std::move(rows);
  }
  return out.dump();
}

std::string CompareJson(const std::vector<Compared>& rows) {
  Json list = Json::array();
  for (const std::size_t i : OrderOf(rows)) {
    Json row = {{"machine", ValidUtf8(rows[i].machine)}};
    row["refused"] = rows[i].refused ? OfError(*rows[i].refused) : Json(nullptr);
    if (rows[i].priced) Put(row, *rows[i].priced);
    list.push_back(std::move(row));
  }
  const Json out = {{"schema_version", 1}, {"type", "comparison"}, {"rows", std::move(list)}};
  return out.dump();
}

}  // namespace epochcost::api
