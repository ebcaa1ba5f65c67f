-- Raw observations: append-only, as they came. Everything else can be rebuilt from them.
CREATE SCHEMA raw;
CREATE SCHEMA dora;

-- stream_id: first 8 bytes of SHA-256 over the source object's text; what belongs together lies together. object_key: first 16 bytes of SHA-256 over the
-- natural key. payload_key: the same over natural key, a zero byte and the payload. payload: headway.v1.Observation, deterministically serialised.
-- kind: field number in Observation.kind. received_at is for operations; nothing is derived from it.
CREATE TABLE raw.observations (
  stream_id bigint NOT NULL,
  object_key bytea NOT NULL,
  payload_key bytea NOT NULL,
  kind smallint NOT NULL,
  payload bytea NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stream_id, object_key, payload_key)
) PARTITION BY HASH (stream_id);

DO $$
BEGIN
  FOR i IN 0..7 LOOP
    EXECUTE format('CREATE TABLE raw.observations_%s PARTITION OF raw.observations FOR VALUES WITH (MODULUS 8, REMAINDER %s)', i, i);
  END LOOP;
END
$$;

-- What is to be derived again. Appended in the transaction that stores the observation, deleted by the worker that read it. unit: what one worker at a
-- time works on (the stream_id). object_key: the object that has a new observation; NULL for commits, where subject is the repository.
CREATE TABLE raw.work_items (
  item_id bigserial PRIMARY KEY,
  unit bigint NOT NULL,
  kind smallint NOT NULL,
  stream_id bigint NOT NULL,
  object_key bytea,
  subject text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

-- Commits are immutable, so this is raw observation and fact at once. sha and parents are the ids' bytes (20 or 32 each), parents concatenated, first
-- parent first. Times are microseconds since 1970. paths: NULL where not known. reverts, cherry_picked_from: ids. content_hash: SHA-256 of the canonical
-- observation; of two observations of one sha the greatest holds. seq only tells which rows are newer than what a reader has loaded.
CREATE TABLE dora.commits (
  repository text COLLATE "C" NOT NULL,
  sha bytea NOT NULL,
  parents bytea NOT NULL,
  authored_at bigint NOT NULL,
  committed_at bigint NOT NULL,
  paths text[],
  reverts bytea[] NOT NULL,
  cherry_picked_from bytea[] NOT NULL,
  content_hash bytea NOT NULL,
  seq bigserial NOT NULL,
  PRIMARY KEY (repository, sha)
);

-- Roles that do not exist (see bootstrap.sql) get nothing.
DO $$
DECLARE
  statement text;
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_aggregator') THEN
    FOREACH statement IN ARRAY ARRAY[
      'GRANT USAGE ON SCHEMA headway, raw, dora TO headway_aggregator',
      'GRANT SELECT ON headway.migrations TO headway_aggregator',
      'GRANT SELECT, INSERT ON raw.observations TO headway_aggregator',
      'GRANT SELECT, INSERT, UPDATE, DELETE ON raw.work_items, dora.commits TO headway_aggregator',
      'GRANT USAGE ON ALL SEQUENCES IN SCHEMA raw, dora TO headway_aggregator',
      'ALTER DEFAULT PRIVILEGES IN SCHEMA raw, dora GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO headway_aggregator',
      'ALTER DEFAULT PRIVILEGES IN SCHEMA raw, dora GRANT USAGE ON SEQUENCES TO headway_aggregator'] LOOP
      EXECUTE statement;
    END LOOP;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_metrics') THEN
    FOREACH statement IN ARRAY ARRAY[
      'GRANT USAGE ON SCHEMA headway, dora TO headway_metrics',
      'GRANT SELECT ON headway.migrations TO headway_metrics',
      'GRANT SELECT ON ALL TABLES IN SCHEMA dora TO headway_metrics',
      'ALTER DEFAULT PRIVILEGES IN SCHEMA dora GRANT SELECT ON TABLES TO headway_metrics'] LOOP
      EXECUTE statement;
    END LOOP;
  END IF;
END
$$;
