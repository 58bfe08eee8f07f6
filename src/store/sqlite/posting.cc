#include "store/sqlite/posting.h"

#include <algorithm>

#include "base/text.h"
#include "store/sqlite/line_record.h"

namespace epochcost::store::sqlite {

Posting::Posting(Connection& connection, RunEntry run)
    : connection_(connection),
      run_(std::move(run)),
      insert_(connection.Use("INSERT INTO line (meter_key, seq, resource, t0, account_key, t1, "
                             "u0_hi, u0_lo, u1_hi, u1_lo,"
                             " amount_nano, pieces) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")),
      posted_{0, run_.currency} {}

MeterEntry Posting::OpenMeter(const AgentId& agent, const BootId& boot) {
  connection_
      .Use(
          "INSERT OR IGNORE INTO meter (project_key, agent, boot, contiguous_seq, last_seq)"
          " VALUES (?, ?, ?, 0, 0)")
      .Run(run_.project_key, agent.Value(), boot.Value());
  Statement row = connection_.Use(
      "SELECT meter_key, contiguous_seq, last_seq FROM meter WHERE project_key = ? AND agent = ? "
      "AND boot = ?");
  if (!row.Bind(run_.project_key, agent.Value(), boot.Value()).Next()) {
    throw Damaged{"a meter that was added is not there"};
  }
  MeterEntry meter;
  meter.meter_key = row.Int();
  meter.contiguous_seq = row.Int();
  meter.last_seq = row.Int();
  connection_.Use("INSERT OR IGNORE INTO metering (run_key, meter_key) VALUES (?, ?)")
      .Run(run_.run_key, meter.meter_key);
  return meter;
}

void Posting::CloseMeter(const MeterEntry& meter, std::int64_t contiguous_seq) {
  connection_.Use("UPDATE meter SET contiguous_seq = ?, last_seq = ? WHERE meter_key = ?")
      .Run(std::max(meter.contiguous_seq, contiguous_seq), meter.last_seq, meter.meter_key);
}

Result<void> Posting::Post(MeterEntry& meter, const LedgerLine& line) {
  // Beyond the highest that is here there is nothing to look up.
  if (line.usage.id.seq <= meter.last_seq) {
    const auto is_there = IsThere(meter, line);
    if (!is_there) return tl::unexpected(is_there.error());
    if (*is_there) {
      ++duplicates_;
      return {};
    }
  }
  const auto account = FindAccount(line);
  if (!account) return tl::unexpected(account.error());
  Insert(meter, line, **account);
  meter.last_seq = std::max(meter.last_seq, line.usage.id.seq);
  ++inserted_;
  return {};
}

Result<std::int64_t> Posting::AccountKey(const LedgerLine& line) {
  const auto account = FindAccount(line);
  if (!account) return tl::unexpected(account.error());
  return (*account)->key;
}

void Posting::Insert(const MeterEntry& meter, const LedgerLine& line, Account& account) {
  const UsageLine& usage = line.usage;
  insert_.Run(meter.meter_key, usage.id.seq, usage.id.resource, usage.t0, account.key, usage.t1,
              usage.u0, usage.u1, line.amount, PackPieces(usage.pieces));
  account.t0 = account.lines == 0 ? usage.t0 : std::min(account.t0, usage.t0);
  account.t1 = account.lines == 0 ? usage.t1 : std::max(account.t1, usage.t1);
  ++account.lines;
  if (usage.kind == LineKind::kUsage) {
    account.quantity =
        AddExactly(account.quantity, usage.u1 - usage.u0, "the quantity of an account");
    account.held =
        AddExactly(account.held, (usage.t1 - usage.t0).Count(), "the time of an account");
  }
  account.amount.nano += line.amount.Count();
  account.has_changed = true;
  posted_.nano += line.amount.Count();
}

Result<bool> Posting::IsThere(const MeterEntry& meter, const LedgerLine& line) {
  static const std::string kSql = std::string(kLineColumns) + " FROM line l" +
                                  std::string(kLineTables) +
                                  " WHERE l.meter_key = ? AND l.seq = ? AND l.resource = ?";
  Statement row = connection_.Use(kSql.c_str());
  row.Bind(meter.meter_key, line.usage.id.seq, line.usage.id.resource);
  while (row.Next()) {
    const LedgerLine kept = ReadLine(row, run_.project);
    if (kept == line) return true;
    // Parts of one usage line, priced apart, lie side by side; what overlaps would be paid twice.
    const bool is_apart = kept.usage.t1 <= line.usage.t0 || line.usage.t1 <= kept.usage.t0;
    if (is_apart && kept.usage.t0 != line.usage.t0) continue;
    clash_ = Clash{kept, line};
    return Fail(ErrorCode::kConflict,
                Say("line {} of {} since its start {} is there with other content",
                    line.usage.id.seq, line.usage.id.agent.Value(), line.usage.id.boot.Value()),
                Say("a line is never changed; both are in the ledger's quarantine"),
                Say("two programs meter this run, or one was changed: stop one of them"));
  }
  return false;
}

Result<std::int64_t> Posting::PricingKey(const LedgerLine& line) {
  for (const Pricing& known : pricings_) {
    if (known.version == line.sheet_version && known.sheet == line.sheet) return known.key;
  }
  {
    Statement sheet = connection_.Use("SELECT currency FROM sheet WHERE name = ? LIMIT 1");
    if (sheet.Bind(line.sheet.Value()).Next() && sheet.ACurrency() != run_.currency) {
      return Fail(ErrorCode::kInvalidInput,
                  Say("price sheet {} is not in {}, the run's currency", line.sheet.Value(),
                      run_.currency.Code()),
                  Say("amounts of two currencies cannot be added"),
                  Say("start a new run with this sheet"));
    }
  }
  connection_.Use("INSERT OR IGNORE INTO pricing (sheet, version) VALUES (?, ?)")
      .Run(line.sheet.Value(), line.sheet_version);
  Statement row =
      connection_.Use("SELECT pricing_key FROM pricing WHERE sheet = ? AND version = ?");
  if (!row.Bind(line.sheet.Value(), line.sheet_version).Next()) {
    throw Damaged{"a price that was added is not there"};
  }
  return pricings_.emplace_back(Pricing{line.sheet, line.sheet_version, row.Int()}).key;
}

Result<Posting::Account*> Posting::FindAccount(const LedgerLine& line) {
  const auto pricing = PricingKey(line);
  if (!pricing) return tl::unexpected(pricing.error());
  const UsageLine& usage = line.usage;
  const AccountId id{.scope = usage.scope,
                     .replica = usage.replica,
                     .resource = usage.id.resource,
                     .kind = usage.kind,
                     .quality = usage.quality,
                     .source = usage.source,
                     .pricing_key = *pricing};
  const auto found = accounts_.find(id);
  if (found != accounts_.end()) return &found->second;
  return &accounts_.emplace(id, LoadAccount(id)).first->second;
}

Posting::Account Posting::LoadAccount(const AccountId& id) {
  Account account{.amount = {0, run_.currency}};
  Statement row = connection_.Use(
      "SELECT account_key, lines, quantity_hi, quantity_lo, amount_whole, amount_nano, t0, t1, held"
      " FROM account WHERE run_key = ? AND scope_kind = ? AND scope_index = ? AND replica = ?"
      " AND resource = ? AND kind = ? AND quality = ? AND source = ? AND pricing_key = ?");
  row.Bind(run_.run_key, id.scope.kind, id.scope.index, id.replica, id.resource, id.kind,
           id.quality, id.source, id.pricing_key);
  if (row.Next()) {
    account.key = row.Int();
    account.lines = row.Int();
    account.quantity = row.AWide();
    account.amount.nano = row.Nano();
    account.t0 = row.Utc();
    account.t1 = row.Utc();
    account.held = row.Int();
    return account;
  }
  connection_
      .Use(
          "INSERT INTO account (run_key, scope_kind, scope_index, replica, resource, kind, "
          "quality, source,"
          " pricing_key, lines, quantity_hi, quantity_lo, amount_whole, amount_nano, t0, t1, held)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0)")
      .Run(run_.run_key, id.scope.kind, id.scope.index, id.replica, id.resource, id.kind,
           id.quality, id.source, id.pricing_key);
  account.key = connection_.Database().getLastInsertRowid();
  return account;
}

Money Posting::Finish() {
  Statement update = connection_.Use(
      "UPDATE account SET lines = ?, quantity_hi = ?, quantity_lo = ?, amount_whole = ?, "
      "amount_nano = ?,"
      " t0 = ?, t1 = ?, held = ? WHERE account_key = ?");
  for (auto& [id, account] : accounts_) {
    if (!account.has_changed) continue;
    update.Run(account.lines, account.quantity, account.amount, account.t0, account.t1,
               account.held, account.key);
    account.has_changed = false;
  }
  return posted_;
}

}  // namespace epochcost::store::sqlite
