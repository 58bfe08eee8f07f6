#include "api/focus.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/figures.h"

namespace epochcost::api {
namespace {

void PutRow(std::string& csv, const FocusRow& row) {
  bool is_first = true;
  for (const FocusColumn& column : FocusColumns()) {
    if (!is_first) csv += ',';
    is_first = false;
    csv += column.value(row);
  }
  csv += "\r\n";
}

// The average that the closing of a scope was priced by: byte·ms over the time it was open.
Wide AverageOf(const UsageLine& usage) {
  if (usage.kind != LineKind::kMemoryClose) return 0;
  Wide held = 0;
  for (const Piece& piece : usage.pieces) held += piece.held.Count();
  if (held <= 0) held = (usage.t1 - usage.t0).Count();
  if (held <= 0) return 0;
  const auto average = MulDivFloor(usage.u1, kNanosPerMilli, held);
  return average ? *average : 0;
}

FocusRow RowOf(const LedgerLine& line, const Run& run, const PriceSheet& sheet) {
  const UsageLine& usage = line.usage;
  return {.run = &run,
          .sheet = &sheet,
          .resource = usage.id.resource,
          .scope = usage.scope,
          .replica = usage.replica,
          .t0 = usage.t0,
          .t1 = usage.t1,
          .quantity = usage.kind == LineKind::kUsage ? usage.u1 - usage.u0 : 0,
          .average_bytes = AverageOf(usage),
          .amount_nano = line.amount.Count(),
          .quality = usage.quality,
          .source = usage.source,
          .lines = 1,
          .line_id =
              fmt::format("{}/{}/{}", usage.id.agent.Value(), usage.id.boot.Value(), usage.id.seq)};
}

void AddTo(FocusRow& sum, const FocusRow& row) {
  sum.t0 = std::min(sum.t0, row.t0);
  sum.t1 = std::max(sum.t1, row.t1);
  sum.quantity += row.quantity;
  sum.average_bytes += row.average_bytes;
  sum.amount_nano += row.amount_nano;
  sum.quality = Worse(sum.quality, row.quality);
  sum.source = row.source;
  sum.lines += row.lines;
  sum.line_id.clear();
}

}  // namespace

FocusExport::FocusExport(Run run, std::vector<PriceSheet> sheets, FocusRows rows)
    : run_(std::make_unique<const Run>(std::move(run))), sheets_(std::move(sheets)), rows_(rows) {}

const PriceSheet* FocusExport::SheetOf(const LedgerLine& line) const {
  const auto found = std::ranges::find_if(sheets_, [&line](const PriceSheet& sheet) {
    return sheet.name == line.sheet && sheet.version == line.sheet_version;
  });
  return found == sheets_.end() ? nullptr : &*found;
}

Result<void> FocusExport::Add(const LedgerLine& line) {
  if (!Info(line.usage.id.resource).is_charged) return {};
  const PriceSheet* const sheet = SheetOf(line);
  if (sheet == nullptr) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("no price sheet {} version {}", line.sheet.Value(), line.sheet_version),
                "a line of the ledger was priced by it");
  }
  FocusRow row = RowOf(line, *run_, *sheet);
  if (rows_ == FocusRows::kLines) {
    PutRow(lines_, row);
    return {};
  }
  const std::string month = ExactUtc(row.t0).substr(0, 7);
  const Key key{row.scope, row.replica, row.resource, sheet->version, month};
  const auto [at, is_new] = sums_.try_emplace(key, row);
  if (!is_new) AddTo(at->second, row);
  if (is_new) at->second.line_id.clear();
  return {};
}

std::string FocusExport::Csv() const {
  std::string csv;
  for (const FocusColumn& column : FocusColumns()) {
    if (!csv.empty()) csv += ',';
    csv += column.name;
  }
  csv += "\r\n" + lines_;
  for (const auto& [key, row] : sums_) PutRow(csv, row);
  return csv;
}

}  // namespace epochcost::api
