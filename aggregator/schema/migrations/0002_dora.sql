-- What is derived from observations. Every row follows from the set of observations alone: no arrival time, no sequence, no order. Times are exact to the
-- microsecond. Keys of objects are the first 16 bytes of SHA-256 over their natural key. Rows change only by difference, under the lock of the entity's
-- row in dora.entities (repository tables: under the lock of the object's unit).

-- One row for every entity that anything names. version grows with every commit that changes what is derived for the entity; it is what caches are
-- validated by, and what is left of an entity of which nothing else is left. From last_finished on: what an append to the time line needs to know.
CREATE TABLE dora.entities (
  entity_ref text COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL DEFAULT 0,
  derivation_version integer NOT NULL DEFAULT 0,
  declared boolean NOT NULL DEFAULT false,
  title text NOT NULL DEFAULT '',
  last_finished timestamptz NOT NULL DEFAULT '-infinity',  -- of its deployments, whatever their outcome, but for pending ones
  last_opening timestamptz NOT NULL DEFAULT '-infinity',   -- of its incidents
  has_links boolean NOT NULL DEFAULT false                 -- an incident names a cause or a remedy
) WITH (fillfactor = 70);

-- entity_ref '' holds what is mapped to no entity. environment and tier are those after the rules. finished: by policy finish = healthy, infinity while
-- pending. kind to identity: see docs/definitions.md.
CREATE TABLE dora.deployments (
  entity_ref text COLLATE "C" NOT NULL,
  deployment_key bytea NOT NULL,
  source text NOT NULL,
  source_key text NOT NULL,
  stream text NOT NULL,
  observed_environment text NOT NULL,
  environment text NOT NULL,
  tier smallint NOT NULL,
  repository text NOT NULL,
  source_revision text NOT NULL,
  config_revision text NOT NULL,
  images text[] NOT NULL,
  started timestamptz,
  synced timestamptz,
  healthy timestamptz,
  degraded timestamptz,
  phase smallint NOT NULL,
  effect smallint NOT NULL,
  automated boolean NOT NULL,
  revision_evidence text NOT NULL,
  finished timestamptz NOT NULL,
  kind smallint NOT NULL,
  in_scope boolean NOT NULL,
  failed_attempt boolean NOT NULL,
  counts boolean NOT NULL,
  known_commit boolean NOT NULL,
  truncated boolean NOT NULL,
  roll_out bytea,
  replaced bytea,
  identity bytea NOT NULL,
  PRIMARY KEY (entity_ref, deployment_key)
) PARTITION BY HASH (entity_ref);
CREATE INDEX deployments_by_finish ON dora.deployments (entity_ref, finished);
CREATE INDEX deployments_by_identity ON dora.deployments (entity_ref, identity);

-- Merged changes of the entity and what ships them. latest_at: the later of merged and shipped, as far as shipped.
CREATE TABLE dora.changes (
  entity_ref text COLLATE "C" NOT NULL,
  repository text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  merge_commit text COLLATE "C" NOT NULL,
  opened timestamptz,
  first_authored timestamptz,
  first_review timestamptz,
  merged timestamptz NOT NULL,
  bot boolean NOT NULL,
  baseline boolean NOT NULL,
  shipped_by bytea,
  shipped timestamptz NOT NULL,
  latest_at timestamptz NOT NULL,
  PRIMARY KEY (entity_ref, repository, number, merge_commit)
) PARTITION BY HASH (entity_ref);
CREATE INDEX changes_by_time ON dora.changes (entity_ref, latest_at);

-- Evidence that a roll-out failed. evidence_id: first 16 bytes of SHA-256 over the row.
CREATE TABLE dora.failures (
  entity_ref text COLLATE "C" NOT NULL,
  evidence_id bytea NOT NULL,
  roll_out bytea NOT NULL,
  counted_at timestamptz NOT NULL,
  deployment_key bytea NOT NULL,
  finished timestamptz NOT NULL,
  cause smallint NOT NULL,
  by_key bytea NOT NULL,
  detail text NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  begins timestamptz NOT NULL,
  ends timestamptz NOT NULL,
  attribution smallint NOT NULL,
  PRIMARY KEY (entity_ref, evidence_id)
) PARTITION BY HASH (entity_ref);

-- Evidence that a roll-out was unplanned.
CREATE TABLE dora.rework (
  entity_ref text COLLATE "C" NOT NULL,
  evidence_id bytea NOT NULL,
  roll_out bytea NOT NULL,
  counted_at timestamptz NOT NULL,
  deployment_key bytea NOT NULL,
  reason smallint NOT NULL,
  detail text NOT NULL,
  since timestamptz NOT NULL,
  attribution smallint NOT NULL,
  PRIMARY KEY (entity_ref, evidence_id)
) PARTITION BY HASH (entity_ref);

-- One row for each affected entity. resolutions: resolved and reopened in turns, infinity for never reopened. Links: "deployment <key>",
-- "commit <sha> <repository>", "change <number> <repository>", in the order given. last_transition: the latest of all its times; infinity while open.
CREATE TABLE dora.incidents (
  entity_ref text COLLATE "C" NOT NULL,
  incident_key bytea NOT NULL,
  source text NOT NULL,
  incident_id text NOT NULL,
  title text NOT NULL,
  opened timestamptz,
  resolutions timestamptz[] NOT NULL,
  observed_environment text NOT NULL,
  environment text NOT NULL,
  tier smallint NOT NULL,
  cause smallint NOT NULL,
  caused_by text[] NOT NULL,
  remedied_by text[] NOT NULL,
  in_scope boolean NOT NULL,
  last_transition timestamptz NOT NULL,
  PRIMARY KEY (entity_ref, incident_key)
);
CREATE INDEX incidents_by_key ON dora.incidents (incident_key);
CREATE INDEX incidents_by_environment ON dora.incidents (observed_environment);

-- Pull requests as folded, merged or not; keyed by repository, since several entities may share one. paths: NULL where not known.
CREATE TABLE dora.pull_requests (
  repository text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  source text NOT NULL,
  opened timestamptz,
  first_authored timestamptz,
  first_review timestamptz,
  merged timestamptz,
  merge_commit text NOT NULL,
  commits text[] NOT NULL,
  cherry_picks text[] NOT NULL,
  bot boolean NOT NULL,
  hotfix boolean NOT NULL,
  reverts_numbers bigint[] NOT NULL,
  reverts_shas text[] NOT NULL,
  paths text[],
  PRIMARY KEY (repository, number)
) PARTITION BY HASH (repository);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['deployments', 'changes', 'failures', 'rework', 'pull_requests'] LOOP
    FOR i IN 0..7 LOOP
      EXECUTE format('CREATE TABLE dora.%s_%s PARTITION OF dora.%s FOR VALUES WITH (MODULUS 8, REMAINDER %s)', name, i, name, i);
    END LOOP;
  END LOOP;
END
$$;

-- The end of each stream (entity, environment, stream): what runs there, and what brought it. running_key is NULL where nothing ran yet. An append
-- reads this instead of the history. source and latest_event: of its last deployment by (finished, key), pending ones by their start.
CREATE TABLE dora.stream_heads (
  entity_ref text COLLATE "C" NOT NULL,
  environment text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  source text NOT NULL,
  latest_event timestamptz NOT NULL,
  running_key bytea,
  running_identity bytea,
  running_images text[] NOT NULL,
  running_config_revision text NOT NULL,
  brought_key bytea,
  PRIMARY KEY (entity_ref, environment, stream)
) WITH (fillfactor = 70);

-- What catalog and rules say.
CREATE TABLE dora.entity_repositories (
  entity_ref text COLLATE "C" NOT NULL,
  repository text COLLATE "C" NOT NULL,
  path_prefixes text[] NOT NULL,
  PRIMARY KEY (entity_ref, repository)
);
CREATE INDEX entity_repositories_by_repository ON dora.entity_repositories (repository);

CREATE TABLE dora.entity_aliases (
  alias text COLLATE "C" NOT NULL,
  entity_ref text COLLATE "C" NOT NULL,
  PRIMARY KEY (alias, entity_ref)
);
CREATE INDEX entity_aliases_by_entity ON dora.entity_aliases (entity_ref);

CREATE TABLE dora.stream_mappings (
  source text COLLATE "C" NOT NULL,
  mapping_id text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  entity_ref text COLLATE "C" NOT NULL,
  since timestamptz NOT NULL,  -- -infinity: always
  PRIMARY KEY (source, mapping_id)
);
CREATE INDEX stream_mappings_by_stream ON dora.stream_mappings (source, stream);
CREATE INDEX stream_mappings_by_entity ON dora.stream_mappings (entity_ref);

CREATE TABLE dora.environment_rules (
  rule_id text COLLATE "C" PRIMARY KEY,
  match text COLLATE "C" NOT NULL,
  name text NOT NULL,
  tier smallint NOT NULL
);

-- Grows with every change of what catalog and rules say, so that a worker knows whether what it has read of them is still right.
CREATE TABLE dora.rules_version (
  version bigint NOT NULL
);
INSERT INTO dora.rules_version VALUES (1);

-- How far each source has come, and the entities that it says it is mapped to.
CREATE TABLE dora.sources (
  source text COLLATE "C" NOT NULL,
  covers smallint NOT NULL,
  complete_until timestamptz NOT NULL,
  PRIMARY KEY (source, covers)
);
CREATE TABLE dora.source_entities (
  entity_ref text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  covers smallint NOT NULL,
  PRIMARY KEY (entity_ref, source, covers)
);
CREATE INDEX source_entities_by_source ON dora.source_entities (source, covers);

-- The latest change and incident of an entity from each source.
CREATE TABLE dora.entity_sources (
  entity_ref text COLLATE "C" NOT NULL,
  covers smallint NOT NULL,
  source text COLLATE "C" NOT NULL,
  latest_event timestamptz NOT NULL,
  PRIMARY KEY (entity_ref, covers, source)
);

-- Commits that an entity's facts or graphs name and that are not known yet. Their coming derives the entity again.
CREATE TABLE dora.awaited_commits (
  repository text COLLATE "C" NOT NULL,
  sha bytea NOT NULL,
  entity_ref text COLLATE "C" NOT NULL,
  PRIMARY KEY (repository, sha, entity_ref)
);
CREATE INDEX awaited_commits_by_entity ON dora.awaited_commits (entity_ref);

-- Where the deployments of a stream may be: a superset, grown only, so that a deployment is found again when its mapping has changed, and those that a rule
-- is about when the rule changes. stream_key: first 8 bytes of SHA-256 over source, line end, stream.
CREATE TABLE dora.streams (
  stream_key bigint NOT NULL,
  entity_ref text COLLATE "C" NOT NULL,
  observed_environment text COLLATE "C" NOT NULL,
  PRIMARY KEY (stream_key, entity_ref, observed_environment)
);
CREATE INDEX streams_by_environment ON dora.streams (observed_environment);

-- The order in which workers take turns: the unit of an observation is locked by the row numbered by its low byte.
CREATE TABLE dora.unit_locks (
  stripe smallint PRIMARY KEY
);
INSERT INTO dora.unit_locks SELECT generate_series(0, 255);

-- Work that work causes, append-only like raw.work_items. priority 0: an event came; 1: a rule changed, behind live work.
CREATE TABLE dora.entity_work (
  item_id bigserial PRIMARY KEY,
  entity_ref text COLLATE "C" NOT NULL,
  priority smallint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX entity_work_by_priority ON dora.entity_work (priority, item_id);
CREATE INDEX entity_work_by_entity ON dora.entity_work (entity_ref);

-- Objects that are to be folded and mapped again because a rule changed; columns as in raw.work_items.
CREATE TABLE dora.object_work (
  item_id bigserial PRIMARY KEY,
  unit bigint NOT NULL,
  kind smallint NOT NULL,
  stream_id bigint NOT NULL,
  object_key bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

-- What failed again and again, with the last error. Its work waits until not_before. kind: 'unit' (of raw.work_items or dora.object_work) or
-- 'entity'.
CREATE TABLE dora.parked_units (
  kind text COLLATE "C" NOT NULL,
  unit text COLLATE "C" NOT NULL,
  attempts integer NOT NULL,
  not_before timestamptz NOT NULL,
  error text NOT NULL,
  PRIMARY KEY (kind, unit)
);

-- Which commits are newer than what a reader has loaded: those of transactions that had not ended when it looked. A sequence could not tell, since
-- numbers commit out of order. revised: the row replaced another observation of the commit, so that a graph cannot be appended to.
ALTER TABLE dora.commits ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE dora.commits ADD COLUMN revised boolean NOT NULL DEFAULT false;
CREATE INDEX commits_by_writer ON dora.commits (repository, written_by);
-- A work item of a commit with an object_key says that a commit was revised: nobody awaits it, and every entity of the repository may read it.
CREATE FUNCTION dora.mark_commit_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO raw.work_items (unit, kind, stream_id, object_key, subject) VALUES (0, 2, 0, NEW.sha, NEW.repository);
  NEW.written_by := pg_current_xact_id();
  NEW.revised := true;
  RETURN NEW;
END
$$;
CREATE TRIGGER commits_revised BEFORE UPDATE ON dora.commits FOR EACH ROW EXECUTE FUNCTION dora.mark_commit_revised();

-- Default privileges cover what the same owner makes; these lines cover any other.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_aggregator') THEN
    EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dora TO headway_aggregator';
    EXECUTE 'GRANT USAGE ON ALL SEQUENCES IN SCHEMA dora TO headway_aggregator';
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_metrics') THEN
    EXECUTE 'GRANT SELECT ON ALL TABLES IN SCHEMA dora TO headway_metrics';
  END IF;
END
$$;
