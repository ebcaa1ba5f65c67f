-- Which entity and environment a stream (an application, a pipeline) belongs to, and how entities belong together.

-- One row for each stream that anything names: a declaration, a mapping, a deployment. A superset: a row stays when nothing names it any more.
-- object_key: first 16 bytes of SHA-256 over "stream", source and stream, each ended by a line end but the last. From name to terms: what is declared.
-- labels: name and value in turns. terms: what entities may find it by; see dora.entity_claims. From resolver_version on: what follows from all that is
-- known. resolver_version 0: not yet. entities, since: parallel; deployments that finish at or after since[i] belong to entities[i], those before since[1]
-- to none. because: how it was found. reason, next_step: why (some of) its deployments belong to none, and what to do; empty where none does.
-- environment, tier: what the environment rule with a selector says; NULL: rules by name decide; environment '': the name that the deployment has.
-- asks_rules: mapping rules may decide.
CREATE TABLE dora.known_streams (
  object_key bytea PRIMARY KEY,
  source text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  declared boolean NOT NULL DEFAULT false,
  deleted boolean NOT NULL DEFAULT false,
  name text NOT NULL DEFAULT '',
  namespace text NOT NULL DEFAULT '',
  instance text NOT NULL DEFAULT '',
  own_entity_ref text NOT NULL DEFAULT '',
  labels text[] NOT NULL DEFAULT '{}',
  destination_cluster text NOT NULL DEFAULT '',
  destination_namespace text NOT NULL DEFAULT '',
  project text NOT NULL DEFAULT '',
  repositories text[] NOT NULL DEFAULT '{}',
  not_counted boolean NOT NULL DEFAULT false,
  terms text[] COLLATE "C" NOT NULL DEFAULT '{}',
  resolver_version integer NOT NULL DEFAULT 0,
  entities text[] COLLATE "C" NOT NULL DEFAULT '{}',
  since timestamptz[] NOT NULL DEFAULT '{}',
  mapped_by smallint NOT NULL DEFAULT 0,  -- 0 nothing, 1 the source, 2 a mapping, 3 argocd/app-name, 4 argocd/app-selector, 5 kubernetes-id, 6 a rule
  because text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  next_step text NOT NULL DEFAULT '',
  environment text COLLATE "C",
  tier smallint,
  asks_rules boolean NOT NULL DEFAULT true
);
CREATE INDEX known_streams_by_term ON dora.known_streams USING gin (terms) WITH (fastupdate = off);
CREATE INDEX known_streams_by_entity ON dora.known_streams USING gin (entities) WITH (fastupdate = off);
CREATE INDEX known_streams_that_ask ON dora.known_streams (object_key) WHERE asks_rules;
CREATE INDEX known_streams_outdated ON dora.known_streams (resolver_version);

-- What has no entity is found by its stream when the stream gets one.
CREATE INDEX deployments_unmapped ON dora.deployments (source, stream) WHERE entity_ref = '';

-- selector: field and expression in turns, "label" before name and value.
CREATE TABLE dora.mapping_rules (
  source text COLLATE "C" NOT NULL,
  rule_id text COLLATE "C" NOT NULL,
  rule_order bigint NOT NULL,
  selector text[] NOT NULL,
  entity_ref text NOT NULL,
  since timestamptz NOT NULL,  -- -infinity: always
  PRIMARY KEY (source, rule_id)
);

-- selector as above; NULL: the rule is about the name in match.
ALTER TABLE dora.environment_rules ADD COLUMN rule_order bigint NOT NULL DEFAULT 0;
ALTER TABLE dora.environment_rules ADD COLUMN selector text[];

CREATE TABLE dora.entity_annotations (
  entity_ref text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (entity_ref, name)
);

-- What the annotations of an entity say of streams, as terms: a stream that they fit has one of them. Which it is only decides how fast it is found.
CREATE TABLE dora.entity_claims (
  term text COLLATE "C" NOT NULL,
  entity_ref text COLLATE "C" NOT NULL,
  PRIMARY KEY (term, entity_ref)
);
CREATE INDEX entity_claims_by_entity ON dora.entity_claims (entity_ref);

-- relation: 1 is part of, 2 is owned by, 3 is a child of, 4 is a member of.
CREATE TABLE dora.entity_relations (
  entity_ref text COLLATE "C" NOT NULL,
  relation smallint NOT NULL,
  target_ref text COLLATE "C" NOT NULL,
  PRIMARY KEY (entity_ref, relation, target_ref)
);
CREATE INDEX entity_relations_by_target ON dora.entity_relations (target_ref, relation, entity_ref);

-- Grows whenever a source says how far it has come, so that readers know whether what they keep of that still holds, and no entity has to be touched.
CREATE TABLE dora.sources_version (
  version bigint NOT NULL
);
INSERT INTO dora.sources_version VALUES (1);

-- A rebuild begins with what catalog, rules and streams say.
CREATE INDEX observations_of_rules ON raw.observations (stream_id, object_key) WHERE kind BETWEEN 6 AND 12;

-- Streams that are known already are resolved when they are next looked at, and by the workers once they run.
INSERT INTO dora.known_streams (object_key, source, stream)
SELECT substring(sha256(convert_to('stream' || E'\n' || source || E'\n' || stream, 'UTF8')) FROM 1 FOR 16), source, stream
FROM (SELECT source, stream FROM dora.deployments UNION SELECT source, stream FROM dora.stream_mappings) s
ON CONFLICT DO NOTHING;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_aggregator') THEN
    EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dora TO headway_aggregator';
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_metrics') THEN
    EXECUTE 'GRANT SELECT ON ALL TABLES IN SCHEMA dora TO headway_metrics';
  END IF;
END
$$;
