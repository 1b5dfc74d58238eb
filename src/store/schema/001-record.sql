-- The record. Every table is partitioned by the day of receipt: retention drops whole days, and a block goes into one
-- partition, so that it is there whole or not at all.
--
-- Replacing engines, because a source may deliver the same record twice over a restart: what has the same order key is
-- the same record. Queries count it once (LIMIT 1 BY, FINAL); merges drop the second one later.

CREATE TABLE IF NOT EXISTS events (
    time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    uid UUID CODEC(NONE),
    mark UInt32 CODEC(NONE),
    received_at DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    kind LowCardinality(String),
    cluster LowCardinality(String),
    source LowCardinality(String),
    user LowCardinality(String),
    impersonated_user LowCardinality(String),
    verb LowCardinality(String),
    api_group LowCardinality(String),
    resource LowCardinality(String),
    subresource LowCardinality(String),
    namespace LowCardinality(String),
    name String CODEC(ZSTD(1)),
    code UInt16 CODEC(ZSTD(1)),
    decision LowCardinality(String),
    reason LowCardinality(String),
    level LowCardinality(String),
    stage LowCardinality(String),
    source_ip LowCardinality(String),
    user_agent LowCardinality(String),
    request_uri String CODEC(ZSTD(1)),
    message String CODEC(ZSTD(1)),
    -- Of the object that the answer carried, where the audit level has it: joins a request to the version it made.
    response_uid String CODEC(ZSTD(1)),
    response_version String CODEC(ZSTD(1)),
    INDEX words lower(concat(user, '\n', request_uri, '\n', name, '\n', user_agent, '\n', reason)) TYPE text(tokenizer = 'splitByNonAlpha') GRANULARITY 100000000,
    INDEX uids uid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX names name TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX codes code TYPE set(32) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(received_at)
PRIMARY KEY time
ORDER BY (time, uid, mark)
TTL toDateTime(received_at) + toIntervalDay(395)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

-- The whole record of an event, kept shorter than its columns.
CREATE TABLE IF NOT EXISTS event_bodies (
    time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    mark UInt32 CODEC(NONE),
    received_at DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    body String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(received_at)
PRIMARY KEY time
ORDER BY (time, mark)
TTL toDateTime(received_at) + toIntervalDay(90)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 1024, non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS gaps (
    time DateTime64(6, 'UTC'),
    uid UUID,
    mark UInt32,
    received_at DateTime64(6, 'UTC'),
    gap_from DateTime64(6, 'UTC'),
    cluster LowCardinality(String),
    source LowCardinality(String),
    reason LowCardinality(String),
    what String,
    estimate Nullable(UInt64)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (time, uid, mark)
TTL toDateTime(received_at) + toIntervalDay(395)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

-- No TTL: the newest version of a live object is kept however old it is. See retention.ts.
CREATE TABLE IF NOT EXISTS object_versions (
    cluster LowCardinality(String),
    source LowCardinality(String),
    api_group LowCardinality(String),
    api_version LowCardinality(String),
    kind LowCardinality(String),
    resource LowCardinality(String),
    namespace LowCardinality(String),
    name String CODEC(ZSTD(1)),
    uid String CODEC(ZSTD(1)),
    resource_version String CODEC(ZSTD(1)),
    time DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    received_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    -- Place in the spool: orders versions of the same moment.
    seq UInt64 CODEC(ZSTD(1)),
    place UInt32 CODEC(ZSTD(1)),
    change LowCardinality(String),
    synthesised Bool,
    body String CODEC(ZSTD(1)),
    INDEX uids uid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX times time TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (kind, api_group, namespace, name, cluster, time, seq, place)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;
