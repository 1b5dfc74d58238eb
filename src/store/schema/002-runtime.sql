-- What sensors tell of processes: where a process ran, and its command line, which free words find too.
ALTER TABLE events ADD COLUMN IF NOT EXISTS node LowCardinality(String);
ALTER TABLE events ADD COLUMN IF NOT EXISTS container LowCardinality(String);
ALTER TABLE events ADD COLUMN IF NOT EXISTS image LowCardinality(String);
ALTER TABLE events ADD COLUMN IF NOT EXISTS process String CODEC(ZSTD(1));
ALTER TABLE events DROP INDEX IF EXISTS words;
ALTER TABLE events ADD INDEX IF NOT EXISTS words lower(concat(user, '\n', request_uri, '\n', name, '\n', user_agent, '\n', reason, '\n', process)) TYPE text(tokenizer = 'splitByNonAlpha') GRANULARITY 100000000;
-- Parts of an earlier version get the index in the background; until then they are read without it.
ALTER TABLE events MATERIALIZE INDEX words SETTINGS mutations_sync = 0;
