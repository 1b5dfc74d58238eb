-- How far detection is. `applied`: up to this entry of the spool, detections are in the cases.
CREATE TABLE progress (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  spool TEXT NOT NULL,
  applied INTEGER NOT NULL,
  checkpoint_seq INTEGER NOT NULL,
  checkpoint BLOB
) STRICT;

CREATE TABLE cases (
  id TEXT PRIMARY KEY,
  root TEXT NOT NULL,
  state TEXT NOT NULL,
  -- 0 open, 1 acknowledged, 2 snoozed, 3 closed; 0 info to 4 critical.
  state_rank INTEGER NOT NULL,
  severity_rank INTEGER NOT NULL,
  changed_at TEXT NOT NULL,
  owner TEXT NOT NULL,
  -- What is searched: id, title and names of entities, in lower case, a line each.
  words TEXT NOT NULL,
  body TEXT NOT NULL,
  memory TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cases_in_order ON cases (state_rank, severity_rank DESC, changed_at DESC, id);
CREATE INDEX cases_by_root ON cases (root);

CREATE TABLE case_steps (
  home TEXT NOT NULL,
  id TEXT NOT NULL,
  case_id TEXT NOT NULL,
  first_time TEXT NOT NULL,
  body TEXT NOT NULL,
  memory TEXT NOT NULL,
  PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_steps_by_case ON case_steps (case_id, first_time);

CREATE TABLE case_signals (
  actor TEXT PRIMARY KEY,
  memory TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE case_changes (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL,
  time TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX case_changes_by_case ON case_changes (case_id, time);

-- How often rules fired, by hour (of the record's time, since 1970). Kept for a limited time; `rule_totals` is not.
CREATE TABLE rule_hours (
  rule TEXT NOT NULL,
  hour INTEGER NOT NULL,
  fired INTEGER NOT NULL,
  PRIMARY KEY (rule, hour)
) STRICT, WITHOUT ROWID;
CREATE TABLE rule_totals (
  rule TEXT PRIMARY KEY,
  fired INTEGER NOT NULL,
  suppressed INTEGER NOT NULL,
  -- Microseconds since 1970.
  last_fired INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rule_switches (
  rule TEXT PRIMARY KEY,
  enabled INTEGER NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE saved_rules (
  name TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE suppressions (
  id TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE suppression_uses (
  id TEXT PRIMARY KEY,
  uses INTEGER NOT NULL,
  last_used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE backtests (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
