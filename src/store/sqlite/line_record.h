#pragma once
// A ledger line as the tables `line` and `open_line` hold it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "model/ledger_line.h"
#include "store/sqlite/statement.h"

namespace epochcost::store::sqlite {

// The columns that ReadLine takes, of the tables in kLineTables; `l` is line or open_line.
inline constexpr std::string_view kLineColumns =
    "SELECT m.agent, m.boot, l.seq, l.resource, r.id, a.replica, a.scope_kind, a.scope_index, "
    "a.kind,"
    " l.t0, l.t1, l.u0_hi, l.u0_lo, l.u1_hi, l.u1_lo, a.quality, a.source, l.pieces,"
    " p.sheet, p.version, l.amount_nano";
// CROSS: from the lines outwards. SQLite would sometimes start at the accounts, which have no index
// to the lines.
inline constexpr std::string_view kLineTables =
    " CROSS JOIN account a ON a.account_key = l.account_key"
    " CROSS JOIN meter m ON m.meter_key = l.meter_key"
    " CROSS JOIN run r ON r.run_key = a.run_key"
    " CROSS JOIN pricing p ON p.pricing_key = a.pricing_key";

[[nodiscard]] LedgerLine ReadLine(Statement& row, const ProjectId& project);

// "t0 t1 held t0 t1 held …"; nothing for no pieces.
[[nodiscard]] std::optional<std::string> PackPieces(const std::vector<Piece>& pieces);
[[nodiscard]] std::vector<Piece> UnpackPieces(std::string_view text);

// Everything that a line says, for people.
[[nodiscard]] std::string Spell(const LedgerLine& line);

}  // namespace epochcost::store::sqlite
