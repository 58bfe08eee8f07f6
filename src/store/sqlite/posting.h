#pragma once
// Lines into the ledger and into its sums: the part of a commit that makes "once" true.

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/ledger_line.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/run_table.h"

namespace epochcost::store::sqlite {

// One start of a meter, as its row stands.
struct MeterEntry {
  std::int64_t meter_key = 0;
  std::int64_t contiguous_seq = 0;  // what the meter says it has handed over
  std::int64_t last_seq = 0;        // the highest that is here
};

// Two lines that claim one identity.
struct Clash {
  LedgerLine kept;
  LedgerLine refused;
};

// Within one write transaction, for one run. Only lines that were not there enter the sums.
class Posting {
 public:
  Posting(Connection& connection, RunEntry run);

  // The meter's row, made if it is not there.
  MeterEntry OpenMeter(const AgentId& agent, const BootId& boot);
  void CloseMeter(const MeterEntry& meter, std::int64_t contiguous_seq);

  // Adds the line unless it is there. kConflict: see TakeClash.
  Result<void> Post(MeterEntry& meter, const LedgerLine& line);
  // What the line is posted to, now or, if it is still open, later. Error kInvalidInput: its sheet
  // is in another currency than the run.
  Result<std::int64_t> AccountKey(const LedgerLine& line);

  // Writes the sums down. Returns what the lines that were new cost.
  Money Finish();

  [[nodiscard]] std::int64_t Inserted() const { return inserted_; }
  [[nodiscard]] std::int64_t Duplicates() const { return duplicates_; }
  [[nodiscard]] std::optional<Clash>& LastClash() { return clash_; }

 private:
  struct AccountId {
    Scope scope;
    std::int32_t replica = 0;
    Resource resource{};
    LineKind kind{};
    Quality quality{};
    SourceKind source{};
    std::int64_t pricing_key = 0;
    friend auto operator<=>(const AccountId&, const AccountId&) = default;
  };
  struct Account {
    std::int64_t key = 0;
    std::int64_t lines = 0;
    Wide quantity = 0;
    Money amount;
    UtcTime t0;
    UtcTime t1;
    std::int64_t held = 0;
    bool has_changed = false;
  };
  struct Pricing {
    SheetName sheet;
    std::int64_t version = 0;
    std::int64_t key = 0;
  };

  Result<std::int64_t> PricingKey(const LedgerLine& line);
  Result<Account*> FindAccount(const LedgerLine& line);
  [[nodiscard]] Account LoadAccount(const AccountId& id);
  // Whether the line is there; a clash is an error.
  Result<bool> IsThere(const MeterEntry& meter, const LedgerLine& line);
  void Insert(const MeterEntry& meter, const LedgerLine& line, Account& account);

  Connection& connection_;
  RunEntry run_;
  Statement insert_;
  std::map<AccountId, Account> accounts_;
  std::vector<Pricing> pricings_;
  Money posted_;
  std::int64_t inserted_ = 0;
  std::int64_t duplicates_ = 0;
  std::optional<Clash> clash_;
};

}  // namespace epochcost::store::sqlite
