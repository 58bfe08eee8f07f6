#include "estimate/answer/reference_runs.h"

#include <algorithm>
#include <cassert>

#include "base/text.h"
#include "estimate/embedded.h"
#include "estimate/nearest_name.h"
#include "estimate/toml_table.h"

namespace epochcost::estimate {
namespace {

ReferenceRun ReadRun(TableReader& reader, const toml::table& table) {
  reader.CheckKeys(
      table, {"preset", "model", "device", "devices", "samples", "global_batch", "micro_batch",
              "tensor", "pipeline", "zero", "recompute", "precision", "dataset", "source", "date"});
  return {.preset = reader.Text(table, "preset"),
          .model = reader.Text(table, "model"),
          .device = reader.Text(table, "device"),
          .devices = reader.WholeOr(table, "devices", 1),
          .samples = reader.WholeOr(table, "samples", 1),
          .global_batch = reader.WholeOr(table, "global_batch", 1),
          .micro_batch = reader.WholeOr(table, "micro_batch", 1),
          .tensor = reader.WholeOr(table, "tensor", 1),
          .pipeline = reader.WholeOr(table, "pipeline", 1),
          .zero = reader.WholeOr(table, "zero", 0),
          .recompute = reader.TextOr(table, "recompute", "none"),
          .precision = reader.Text(table, "precision"),
          .dataset = reader.Text(table, "dataset"),
          .source = reader.Text(table, "source"),
          .date = reader.Text(table, "date")};
}

}  // namespace

const std::vector<ReferenceRun>& ReferenceRuns() {
  static const std::vector<ReferenceRun> kRuns = [] {
    const auto root = ParseToml(embedded::kReferenceRunsToml, "reference_runs.toml");
    assert(root);  // part of the program, and a test reads it
    TableReader reader("reference_runs.toml");
    std::vector<ReferenceRun> all;
    for (const toml::table* const table : reader.Tables(*root, "run")) {
      all.push_back(ReadRun(reader, *table));
    }
    assert(!reader.FirstError());
    return all;
  }();
  return kRuns;
}

Result<ReferenceRun> FindReferenceRun(std::string_view preset) {
  const auto found = std::ranges::find(ReferenceRuns(), preset, &ReferenceRun::preset);
  if (found != ReferenceRuns().end()) return *found;
  std::vector<KnownName> known;
  for (const ReferenceRun& run : ReferenceRuns()) {
    known.push_back({FoldedName(run.preset), run.preset});
  }
  return tl::unexpected(NameNotFound(
      Say("no reference training is called '{}'", preset.substr(0, 60)), preset, known));
}

}  // namespace epochcost::estimate
