-- Small things that are kept as a whole, by name.
CREATE TABLE kept (
  name TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What waits to be sent by outputs, what was given up, and what outputs remember.
CREATE TABLE deliveries (
  key TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE dead_deliveries (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  body TEXT NOT NULL
) STRICT;
CREATE TABLE delivery_threads (
  output TEXT NOT NULL,
  case_id TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (output, case_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE delivery_budgets (
  output TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
