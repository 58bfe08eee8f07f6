-- Version 1: the ledger of one or many machines' runs.
--
-- Times are nanoseconds, UTC unless the name says boot. A sum of money is two columns, whole and
-- nano units of one sign, because sum() and NUMERIC of SQLite turn big integers into reals. A
-- reading that can pass 64 bits is two columns: hi × 2^64 + lo, lo taken as unsigned. Enumerations
-- are their numbers in model/.

CREATE TABLE project (
  project_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  budget_whole INTEGER,
  budget_nano INTEGER,
  budget_currency TEXT,
  threshold_ppm INTEGER NOT NULL
) STRICT;

-- Committed + open + provisional of all the project's runs in one currency.
CREATE TABLE project_total (
  project_key INTEGER NOT NULL REFERENCES project,
  currency TEXT NOT NULL,
  total_whole INTEGER NOT NULL,
  total_nano INTEGER NOT NULL,
  PRIMARY KEY (project_key, currency)
) STRICT, WITHOUT ROWID;

-- One version of a price sheet. The revision grows with every one that is added.
CREATE TABLE sheet (
  revision INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  provider TEXT NOT NULL,
  region TEXT NOT NULL,
  currency TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  effect INTEGER NOT NULL,
  source TEXT NOT NULL,
  source_date TEXT NOT NULL,
  memory_basis INTEGER NOT NULL,
  headline INTEGER NOT NULL,
  provenance INTEGER NOT NULL,
  UNIQUE (name, version)
) STRICT;

CREATE TABLE sheet_rate (
  revision INTEGER NOT NULL REFERENCES sheet,
  resource INTEGER NOT NULL,
  nano INTEGER NOT NULL,
  per_hi INTEGER NOT NULL,
  per_lo INTEGER NOT NULL,
  PRIMARY KEY (revision, resource)
) STRICT, WITHOUT ROWID;

CREATE TABLE sheet_rented (
  revision INTEGER NOT NULL REFERENCES sheet,
  resource INTEGER NOT NULL,
  milli INTEGER NOT NULL,
  PRIMARY KEY (revision, resource)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  run_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  project_key INTEGER NOT NULL REFERENCES project,
  agent TEXT NOT NULL,
  name TEXT NOT NULL,
  arguments BLOB NOT NULL,  -- of the command, a zero byte after each
  working_directory TEXT NOT NULL,
  sheet TEXT NOT NULL,
  currency TEXT NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER,
  state INTEGER NOT NULL,
  exit_code INTEGER,
  epochs_from TEXT NOT NULL,
  planned_epochs INTEGER,
  hz REAL NOT NULL
) STRICT;
CREATE INDEX run_by_start ON run (started);
CREATE INDEX run_by_project ON run (project_key, started);
CREATE INDEX run_by_name ON run (name, started);

-- One start of a meter. It numbers its lines from 1; last_seq is the highest that is here.
CREATE TABLE meter (
  meter_key INTEGER PRIMARY KEY,
  project_key INTEGER NOT NULL REFERENCES project,
  agent TEXT NOT NULL,
  boot TEXT NOT NULL,
  contiguous_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  UNIQUE (project_key, agent, boot)
) STRICT;

CREATE TABLE metering (
  run_key INTEGER NOT NULL REFERENCES run,
  meter_key INTEGER NOT NULL REFERENCES meter,
  PRIMARY KEY (run_key, meter_key)
) STRICT, WITHOUT ROWID;

-- Where a run stands: replaced by each commit of its newest meter.
CREATE TABLE run_progress (
  run_key INTEGER PRIMARY KEY REFERENCES run,
  meter_key INTEGER NOT NULL REFERENCES meter,
  newest_reading_boot INTEGER NOT NULL,
  contiguous_seq INTEGER NOT NULL,
  scope_kind INTEGER NOT NULL,
  scope_index INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  committed_whole INTEGER NOT NULL,
  committed_nano INTEGER NOT NULL,
  open_whole INTEGER NOT NULL,
  open_nano INTEGER NOT NULL,
  provisional_whole INTEGER NOT NULL,
  provisional_nano INTEGER NOT NULL
) STRICT;

-- The version of a sheet that priced a line; version 0 is "no price".
CREATE TABLE pricing (
  pricing_key INTEGER PRIMARY KEY,
  sheet TEXT NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (sheet, version)
) STRICT;

-- What lines are posted to, with the sums of those that were.
CREATE TABLE account (
  account_key INTEGER PRIMARY KEY,
  run_key INTEGER NOT NULL REFERENCES run,
  scope_kind INTEGER NOT NULL,
  scope_index INTEGER NOT NULL,
  replica INTEGER NOT NULL,
  resource INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  quality INTEGER NOT NULL,
  source INTEGER NOT NULL,
  pricing_key INTEGER NOT NULL REFERENCES pricing,
  lines INTEGER NOT NULL,
  quantity_hi INTEGER NOT NULL,
  quantity_lo INTEGER NOT NULL,
  amount_whole INTEGER NOT NULL,
  amount_nano INTEGER NOT NULL,
  t0 INTEGER NOT NULL,
  t1 INTEGER NOT NULL,
  held INTEGER NOT NULL,
  UNIQUE (run_key, scope_kind, scope_index, replica, resource, kind, quality, source, pricing_key)
) STRICT;

-- The ledger. Rows are added and never changed.
CREATE TABLE line (
  meter_key INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  resource INTEGER NOT NULL,
  t0 INTEGER NOT NULL,
  account_key INTEGER NOT NULL REFERENCES account,
  t1 INTEGER NOT NULL,
  u0_hi INTEGER NOT NULL,
  u0_lo INTEGER NOT NULL,
  u1_hi INTEGER NOT NULL,
  u1_lo INTEGER NOT NULL,
  amount_nano INTEGER NOT NULL,
  pieces TEXT,  -- "t0 t1 held" of each, joined by spaces
  PRIMARY KEY (meter_key, seq, resource, t0)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER line_is_never_changed BEFORE UPDATE ON line
BEGIN SELECT raise(ABORT, 'a line of the ledger is never changed'); END;
CREATE TRIGGER line_is_never_removed BEFORE DELETE ON line
BEGIN SELECT raise(ABORT, 'a line of the ledger is never removed'); END;

-- As if cut now: not yet in the ledger, replaced by each commit.
CREATE TABLE open_line (
  run_key INTEGER NOT NULL REFERENCES run,
  ordinal INTEGER NOT NULL,
  meter_key INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  resource INTEGER NOT NULL,
  t0 INTEGER NOT NULL,
  account_key INTEGER NOT NULL REFERENCES account,
  t1 INTEGER NOT NULL,
  u0_hi INTEGER NOT NULL,
  u0_lo INTEGER NOT NULL,
  u1_hi INTEGER NOT NULL,
  u1_lo INTEGER NOT NULL,
  amount_nano INTEGER NOT NULL,
  pieces TEXT,
  PRIMARY KEY (run_key, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE scope (
  run_key INTEGER NOT NULL REFERENCES run,
  kind INTEGER NOT NULL,
  scope_index INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  is_complete INTEGER NOT NULL,  -- its own end mark was seen
  PRIMARY KEY (run_key, kind, scope_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE reading (
  run_key INTEGER NOT NULL REFERENCES run,
  signal INTEGER NOT NULL,
  replica INTEGER NOT NULL,
  source INTEGER NOT NULL,
  at_boot INTEGER NOT NULL,
  value_hi INTEGER NOT NULL,
  value_lo INTEGER NOT NULL,
  quality INTEGER NOT NULL,
  PRIMARY KEY (run_key, signal, replica)
) STRICT, WITHOUT ROWID;

CREATE TABLE mark_offset (
  run_key INTEGER NOT NULL REFERENCES run,
  file TEXT NOT NULL,
  byte_offset INTEGER NOT NULL,
  PRIMARY KEY (run_key, file)
) STRICT, WITHOUT ROWID;

CREATE TABLE notice (
  notice_key INTEGER PRIMARY KEY,
  run_key INTEGER NOT NULL REFERENCES run,
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  detail TEXT NOT NULL,
  hint TEXT NOT NULL,
  UNIQUE (run_key, at, kind, detail)
) STRICT;

CREATE TABLE metric (
  run_key INTEGER NOT NULL REFERENCES run,
  epoch INTEGER NOT NULL,
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  value REAL,  -- NULL: not a number
  PRIMARY KEY (run_key, epoch, name, at)
) STRICT, WITHOUT ROWID;

-- Two lines that claim one identity. `kept` is in the ledger, `refused` is not.
CREATE TABLE quarantine (
  quarantine_key INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  agent TEXT NOT NULL,
  boot TEXT NOT NULL,
  seq INTEGER NOT NULL,
  resource INTEGER NOT NULL,
  kept TEXT NOT NULL,
  refused TEXT NOT NULL,
  recorded_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  UNIQUE (run, agent, boot, seq, resource, kept, refused)
) STRICT;
