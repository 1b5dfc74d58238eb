-- What the last self-test found of each rule. `version` is of the text of the rule that it tried.
CREATE TABLE selftest_results (
  rule TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  -- From the act to the detection; of a rule that fired only.
  seconds REAL,
  why TEXT NOT NULL,
  act TEXT NOT NULL,
  version TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
