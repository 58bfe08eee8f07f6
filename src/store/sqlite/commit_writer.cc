#include "store/sqlite/commit_writer.h"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "store/sqlite/line_record.h"
#include "store/sqlite/posting.h"
#include "store/sqlite/progress.h"

namespace epochcost::store::sqlite {
namespace {

std::string FlawOf(const LedgerLine& line, const Commit& commit) {
  const UsageLine& usage = line.usage;
  if (usage.id.project != commit.project || usage.run != commit.run)
    return Say("it is of another run");
  if (usage.id.agent != commit.agent || usage.id.boot != commit.boot)
    return Say("it is of another meter");
  if (usage.id.seq < 1) return Say("lines are numbered from 1");
  if (usage.t0.ns < 0 || usage.t1 < usage.t0) return Say("it ends before it begins");
  if (usage.u0 < 0 || usage.u1 < usage.u0) return Say("its reading falls");
  if (usage.id.resource > kLastResource || usage.kind > LineKind::kMemoryClose ||
      usage.quality > Quality::kAssumed || usage.source > kLastSource ||
      usage.scope.kind > ScopeKind::kIdle) {
    return Say("it names something unknown");
  }
  return {};
}

Result<void> Check(const Commit& commit, const RunEntry& run) {
  if (commit.project != run.project) {
    return Fail(ErrorCode::kConflict,
                Say("run {} belongs to project {}", commit.run.Value(), run.project.Value()),
                Say("its commit names project {}", commit.project.Value()), {});
  }
  if (commit.provisional.nano != 0 && commit.provisional.currency != run.currency) {
    return Fail(ErrorCode::kInvalidInput,
                Say("run {} is kept in {}", commit.run.Value(), run.currency.Code()),
                Say("its commit has an amount in {}", commit.provisional.currency.Code()), {});
  }
  for (const auto* const lines : {&commit.sealed, &commit.open}) {
    for (const LedgerLine& line : *lines) {
      if (std::string flaw = FlawOf(line, commit); !flaw.empty()) {
        return Fail(ErrorCode::kInvalidInput, Say("line {} cannot be", line.usage.id.seq),
                    std::move(flaw), Say("nothing of the commit was written: {}", Spell(line)));
      }
    }
  }
  return {};
}

std::vector<std::pair<std::int64_t, LedgerLine>> LoadOpen(Connection& connection,
                                                          const RunEntry& run) {
  static const std::string kSql = std::string(kLineColumns) + ", l.meter_key FROM open_line l" +
                                  std::string(kLineTables) +
                                  " WHERE l.run_key = ? ORDER BY l.ordinal";
  Statement row = connection.Use(kSql.c_str());
  row.Bind(run.run_key);
  std::vector<std::pair<std::int64_t, LedgerLine>> open;
  while (row.Next()) {
    LedgerLine line = ReadLine(row, run.project);
    open.emplace_back(row.Int(), std::move(line));
  }
  return open;
}

// The readings that were committed with the open lines are where the next meter starts, so what the
// open lines hold would be lost if nobody sealed them.
Result<void> Seal(Connection& connection, const RunEntry& run, Posting& posting,
                  Standing& standing) {
  for (const auto& [meter_key, line] : LoadOpen(connection, run)) {
    MeterEntry meter = posting.OpenMeter(line.usage.id.agent, line.usage.id.boot);
    if (const auto posted = posting.Post(meter, line); !posted) return posted;
    posting.CloseMeter(meter, meter.last_seq);
  }
  connection.Use("DELETE FROM open_line WHERE run_key = ?").Run(run.run_key);
  standing.open.nano = 0;
  return {};
}

Result<Money> ReplaceOpen(Connection& connection, const RunEntry& run, Posting& posting,
                          const MeterEntry& meter, const std::vector<LedgerLine>& open) {
  connection.Use("DELETE FROM open_line WHERE run_key = ?").Run(run.run_key);
  Statement insert = connection.Use(
      "INSERT INTO open_line (run_key, ordinal, meter_key, seq, resource, t0, account_key, t1, "
      "u0_hi, u0_lo,"
      " u1_hi, u1_lo, amount_nano, pieces) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  Money sum{0, run.currency};
  std::int64_t ordinal = 0;
  for (const LedgerLine& line : open) {
    const auto account = posting.AccountKey(line);
    if (!account) return tl::unexpected(account.error());
    const UsageLine& usage = line.usage;
    insert.Run(run.run_key, ordinal++, meter.meter_key, usage.id.seq, usage.id.resource, usage.t0,
               *account, usage.t1, usage.u0, usage.u1, line.amount, PackPieces(usage.pieces));
    sum.nano += line.amount.Count();
  }
  return sum;
}

// Everything but the lines: what this commit's readings replace. Late commits replace nothing.
Result<void> Replace(Connection& connection, const RunEntry& run, const Commit& commit,
                     Posting& posting, const MeterEntry& meter, Standing& standing) {
  ReplaceProgress(connection, run, commit, standing);
  const auto open = ReplaceOpen(connection, run, posting, meter, commit.open);
  if (!open) return tl::unexpected(open.error());
  standing.open = *open;
  standing.provisional = {commit.provisional.nano, run.currency};
  standing.meter_key = meter.meter_key;
  standing.newest_reading = commit.newest_reading;
  standing.contiguous_seq = commit.contiguous_seq;
  standing.scope = commit.progress.scope;
  standing.steps = std::max(standing.steps, commit.progress.steps);
  standing.samples = std::max(standing.samples, commit.progress.samples);
  return {};
}

Result<Receipt> Write(Connection& connection, const Commit& commit, std::optional<Clash>& clash) {
  SQLite::Transaction transaction(connection.Database(), SQLite::TransactionBehavior::IMMEDIATE);
  const auto run = GetEntry(connection, commit.run);
  if (!run) return tl::unexpected(run.error());
  if (const auto checked = Check(commit, *run); !checked) return tl::unexpected(checked.error());

  Posting posting(connection, *run);
  const auto failed = [&](const Error& error) {
    clash = std::move(posting.LastClash());
    return tl::unexpected(error);
  };
  MeterEntry meter = posting.OpenMeter(commit.agent, commit.boot);
  const auto known = LoadStanding(connection, *run);
  const Money nothing{0, run->currency};
  Standing standing = known.value_or(Standing{.meter_key = meter.meter_key,
                                              .scope = commit.progress.scope,
                                              .committed = nothing,
                                              .open = nothing,
                                              .provisional = nothing});
  const Money before = standing.Total();

  std::int64_t sealed_for_others = 0;
  if (standing.meter_key < meter.meter_key) {
    if (const auto sealed = Seal(connection, *run, posting, standing); !sealed)
      return failed(sealed.error());
    sealed_for_others = posting.Inserted();
  }
  const std::int64_t duplicates_of_others = posting.Duplicates();
  for (const LedgerLine& line : commit.sealed) {
    if (const auto posted = posting.Post(meter, line); !posted) return failed(posted.error());
  }
  if (!known || !standing.Outdates(meter.meter_key, commit)) {
    const auto replaced = Replace(connection, *run, commit, posting, meter, standing);
    if (!replaced) return failed(replaced.error());
  }
  AddEvents(connection, *run, commit);
  posting.CloseMeter(meter, commit.contiguous_seq);
  standing.committed += posting.Finish();
  SaveStanding(connection, *run, standing);

  Receipt receipt{.inserted = posting.Inserted() - sealed_for_others,
                  .duplicates = posting.Duplicates() - duplicates_of_others};
  receipt.run_total = standing.Total();
  receipt.project_total =
      ReadTotal(connection, run->project_key, run->currency) + (receipt.run_total - before);
  WriteTotal(connection, run->project_key, receipt.project_total);
  transaction.commit();
  return receipt;
}

// In a transaction of its own: the commit's was rolled back.
void Quarantine(Connection& connection, const Clash& clash) {
  const auto written = connection.Guard([&]() -> Result<void> {
    const LineId& id = clash.refused.usage.id;
    connection
        .Use(
            "INSERT OR IGNORE INTO quarantine (run, agent, boot, seq, resource, kept, refused)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)")
        .Run(clash.refused.usage.run.Value(), id.agent.Value(), id.boot.Value(), id.seq,
             id.resource, Spell(clash.kept), Spell(clash.refused));
    return {};
  });
  if (!written) {
    LogWarning("a line is refused and could not be put into quarantine ({}): {}",
               written.error().what, Spell(clash.refused));
  }
}

}  // namespace

Result<Receipt> WriteCommit(Connection& connection, const Commit& commit) {
  std::optional<Clash> clash;
  auto receipt = connection.Guard([&] { return Write(connection, commit, clash); });
  if (clash) Quarantine(connection, *clash);
  return receipt;
}

Result<void> SealOpenLines(Connection& connection, const RunId& id) {
  const auto run = GetEntry(connection, id);
  if (!run) return tl::unexpected(run.error());
  auto standing = LoadStanding(connection, *run);
  if (!standing) return {};
  const Money before = standing->Total();
  Posting posting(connection, *run);
  if (const auto sealed = Seal(connection, *run, posting, *standing); !sealed) return sealed;
  standing->committed += posting.Finish();
  SaveStanding(connection, *run, *standing);
  const Money total = ReadTotal(connection, run->project_key, run->currency);
  WriteTotal(connection, run->project_key, total + (standing->Total() - before));
  return {};
}

Result<void> MoveToProject(Connection& connection, const RunId& id, const ProjectId& project) {
  const auto run = GetEntry(connection, id);
  if (!run) return tl::unexpected(run.error());
  const std::int64_t to = ProjectKey(connection, project);
  if (to == run->project_key) return {};
  connection.Use("UPDATE run SET project_key = ? WHERE run_key = ?").Run(to, run->run_key);
  connection
      .Use(
          "UPDATE meter SET project_key = ? WHERE meter_key IN"
          " (SELECT meter_key FROM metering WHERE run_key = ?)")
      .Run(to, run->run_key);
  const auto standing = LoadStanding(connection, *run);
  if (!standing) return {};
  const Money cost = standing->Total();
  WriteTotal(connection, run->project_key,
             ReadTotal(connection, run->project_key, run->currency) - cost);
  WriteTotal(connection, to, ReadTotal(connection, to, run->currency) + cost);
  return {};
}

}  // namespace epochcost::store::sqlite
