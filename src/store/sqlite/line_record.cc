#include "store/sqlite/line_record.h"

#include <fmt/format.h>

#include <charconv>

namespace epochcost::store::sqlite {
namespace {

std::int64_t TakeNumber(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) throw Damaged{"the pieces of a line are no numbers"};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return value;
}

}  // namespace

LedgerLine ReadLine(Statement& row, const ProjectId& project) {
  LedgerLine line;
  UsageLine& usage = line.usage;
  usage.id.project = project;
  usage.id.agent = AgentId{row.Text()};
  usage.id.boot = BootId{row.Text()};
  usage.id.seq = row.Int();
  usage.id.resource = row.AnEnum(kLastResource);
  usage.run = RunId{row.Text()};
  usage.replica = row.Int32();
  usage.scope.kind = row.AnEnum(ScopeKind::kIdle);
  usage.scope.index = row.Int();
  usage.kind = row.AnEnum(LineKind::kMemoryClose);
  usage.t0 = row.Utc();
  usage.t1 = row.Utc();
  usage.u0 = row.AWide();
  usage.u1 = row.AWide();
  usage.quality = row.AnEnum(Quality::kAssumed);
  usage.source = row.AnEnum(kLastSource);
  usage.pieces = UnpackPieces(row.Text());
  line.sheet = SheetName{row.Text()};
  line.sheet_version = row.Int();
  line.amount = NanoMoney{row.Int()};
  return line;
}

std::optional<std::string> PackPieces(const std::vector<Piece>& pieces) {
  if (pieces.empty()) return std::nullopt;
  std::string text;
  for (const Piece& piece : pieces) {
    fmt::format_to(std::back_inserter(text), "{}{} {} {}", text.empty() ? "" : " ", piece.t0.ns,
                   piece.t1.ns, piece.held.Count());
  }
  return text;
}

std::vector<Piece> UnpackPieces(std::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    Piece& piece = pieces.emplace_back();
    piece.t0.ns = TakeNumber(text);
    piece.t1.ns = TakeNumber(text);
    piece.held = Nanos{TakeNumber(text)};
  }
  return pieces;
}

std::string Spell(const LedgerLine& line) {
  const UsageLine& usage = line.usage;
  return fmt::format(
      "run={} replica={} scope={}:{} kind={} t0={} t1={} u0={} u1={} quality={} source={} "
      "sheet={}:{} "
      "amount_nano={} pieces=[{}]",
      usage.run.Value(), usage.replica, Name(usage.scope.kind), usage.scope.index,
      static_cast<int>(usage.kind), usage.t0.ns, usage.t1.ns, ToString(usage.u0),
      ToString(usage.u1), Name(usage.quality), Info(usage.source).name, line.sheet.Value(),
      line.sheet_version, line.amount.Count(), PackPieces(usage.pieces).value_or(""));
}

}  // namespace epochcost::store::sqlite
