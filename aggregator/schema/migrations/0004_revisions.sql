-- From what was synced to the service's own commit: what was found and how, and by what it is found again when more is known. And deployments that nobody saw.

-- found_by: 0 nothing, 1 reported by the source, 2 what was synced is of an own repository, 3 tag of an image, 4 artefact of an image, 5 rendered from.
-- repository, source_revision, config_revision, revision_evidence: with what was found. unresolved: why there is no source_revision, one of few sentences.
-- clues: what is found depends on the entity's repositories. sequence: the source's running number within the stream; NULL: none.
ALTER TABLE dora.deployments
  ADD COLUMN found_by smallint NOT NULL DEFAULT 0,
  ADD COLUMN unresolved text NOT NULL DEFAULT '',
  ADD COLUMN clues boolean NOT NULL DEFAULT false,
  ADD COLUMN sequence bigint;
-- Of what is numbered the last before a time, and all of a stream.
CREATE INDEX deployments_by_sequence ON dora.deployments (entity_ref, source, stream, synced) WHERE sequence IS NOT NULL;

-- As annotation headway.dev/image says.
ALTER TABLE dora.entities ADD COLUMN image text NOT NULL DEFAULT '';

CREATE TABLE dora.image_tag_rules (
  source text COLLATE "C" NOT NULL,
  rule_id text COLLATE "C" NOT NULL,
  rule_order bigint NOT NULL,
  image text NOT NULL,
  tag text NOT NULL,
  PRIMARY KEY (source, rule_id)
);

-- What was reported of images, by each name that it is looked up by: "image@digest", the digest alone, "image:tag".
CREATE TABLE dora.artefacts (
  name text COLLATE "C" NOT NULL,
  published_at timestamptz NOT NULL,
  repository text COLLATE "C" NOT NULL,
  revision text COLLATE "C" NOT NULL,
  PRIMARY KEY (name, published_at, repository, revision)
);
CREATE INDEX artefacts_by_commit ON dora.artefacts (name, repository, revision, published_at);

-- Whose revision depends on what is reported for an image, or on a rule for tags. started: reports before it count first.
CREATE TABLE dora.deployed_images (
  entity_ref text COLLATE "C" NOT NULL,
  deployment_key bytea NOT NULL,
  name text COLLATE "C" NOT NULL,
  started timestamptz NOT NULL,
  PRIMARY KEY (entity_ref, deployment_key, name)
);
CREATE INDEX deployed_images_by_name ON dora.deployed_images (name, started);

-- Whose revision depends on the commits that begin with these digits: one may come, or a second one.
CREATE TABLE dora.deployed_prefixes (
  entity_ref text COLLATE "C" NOT NULL,
  deployment_key bytea NOT NULL,
  repository text COLLATE "C" NOT NULL,
  digits text COLLATE "C" NOT NULL,
  PRIMARY KEY (entity_ref, deployment_key, repository, digits)
);
CREATE INDEX deployed_prefixes_by_digits ON dora.deployed_prefixes (repository, digits);
-- The repositories of these: commits of transactions from this one on have not been compared with them yet.
CREATE TABLE dora.prefix_repositories (
  repository text COLLATE "C" PRIMARY KEY,
  seen_before xid8 NOT NULL
);

-- Between the deployment after the gap and the one before it in its stream (source, stream) of the entity at least so many are missing. Times: synced.
-- in_scope: of the one after it.
CREATE TABLE dora.gaps (
  entity_ref text COLLATE "C" NOT NULL,
  deployment_key bytea NOT NULL,
  source text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  after timestamptz NOT NULL,
  until timestamptz NOT NULL,
  at_least bigint NOT NULL,
  in_scope boolean NOT NULL,
  PRIMARY KEY (entity_ref, deployment_key)
);
CREATE INDEX gaps_by_end ON dora.gaps (entity_ref, until);
CREATE INDEX gaps_by_time ON dora.gaps (until);
CREATE INDEX gaps_by_stream ON dora.gaps (entity_ref, source, stream);

-- What is there already: reported revisions are known as such; everything that may have been left open is looked at again.
UPDATE dora.deployments SET found_by = 1 WHERE source_revision <> '';
INSERT INTO raw.work_items (unit, kind, stream_id, object_key)
  SELECT DISTINCT stream_id, kind, stream_id, object_key FROM raw.observations WHERE kind IN (6, 12, 13);
INSERT INTO dora.object_work (unit, kind, stream_id, object_key)
  SELECT s.id, 4, s.id, s.key FROM (SELECT ('x' || encode(substring(deployment_key FROM 1 FOR 8), 'hex'))::bit(64)::bigint AS id, deployment_key AS key
    FROM dora.deployments WHERE source_revision = '') s ORDER BY s.id;
