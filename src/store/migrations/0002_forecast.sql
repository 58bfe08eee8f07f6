-- Version 2: forecasts, as they were made.
--
-- A range is five columns: expected, and the ends of what holds in 80 and in 95 of 100 cases.

CREATE TABLE forecast (
  forecast_key INTEGER PRIMARY KEY,
  run_key INTEGER NOT NULL REFERENCES run,
  made INTEGER NOT NULL,
  epochs_done INTEGER NOT NULL,
  planned_epochs INTEGER,
  currency TEXT NOT NULL,
  spent_whole INTEGER NOT NULL,
  spent_nano INTEGER NOT NULL,
  epochs INTEGER NOT NULL,
  epochs_low95 INTEGER NOT NULL,
  epochs_low80 INTEGER NOT NULL,
  epochs_high80 INTEGER NOT NULL,
  epochs_high95 INTEGER NOT NULL,
  duration INTEGER NOT NULL,
  duration_low95 INTEGER NOT NULL,
  duration_low80 INTEGER NOT NULL,
  duration_high80 INTEGER NOT NULL,
  duration_high95 INTEGER NOT NULL,
  cost_whole INTEGER NOT NULL,
  cost_nano INTEGER NOT NULL,
  cost_low95_whole INTEGER NOT NULL,
  cost_low95_nano INTEGER NOT NULL,
  cost_low80_whole INTEGER NOT NULL,
  cost_low80_nano INTEGER NOT NULL,
  cost_high80_whole INTEGER NOT NULL,
  cost_high80_nano INTEGER NOT NULL,
  cost_high95_whole INTEGER NOT NULL,
  cost_high95_nano INTEGER NOT NULL,
  quality INTEGER NOT NULL,
  duration_ppm INTEGER NOT NULL,
  power_ppm INTEGER NOT NULL,
  price_ppm INTEGER NOT NULL,
  confidence INTEGER NOT NULL,
  confidence_why TEXT NOT NULL,
  of_class TEXT NOT NULL,
  UNIQUE (run_key, made)
) STRICT;

CREATE TABLE forecast_member (
  forecast_key INTEGER NOT NULL REFERENCES forecast,
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL,
  weight_ppm INTEGER NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (forecast_key, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER forecast_is_never_changed BEFORE UPDATE ON forecast
BEGIN SELECT raise(ABORT, 'a forecast is never changed'); END;
CREATE TRIGGER forecast_is_never_removed BEFORE DELETE ON forecast
BEGIN SELECT raise(ABORT, 'a forecast is never removed'); END;
