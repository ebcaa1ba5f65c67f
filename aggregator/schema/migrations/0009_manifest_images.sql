-- The images that folders of repositories of manifests name, for deployments whose source names none.

-- A commit's place on its line of first parents. skip: a commit further back on it, so that a walk to any depth takes few steps. Empty: a root has none.
CREATE TABLE dora.manifest_revisions (
  repository text COLLATE "C" NOT NULL,
  revision text COLLATE "C" NOT NULL,
  depth bigint NOT NULL,
  parent text COLLATE "C" NOT NULL,
  skip text COLLATE "C" NOT NULL,
  skip_depth bigint NOT NULL,
  PRIMARY KEY (repository, revision)
);

-- What a commit made of a folder's images. What holds at a commit is the row with the greatest depth on its line. problem: not known which images, and why.
CREATE TABLE dora.manifest_images (
  repository text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  depth bigint NOT NULL,
  revision text COLLATE "C" NOT NULL,
  images text[] NOT NULL,
  problem text NOT NULL,
  PRIMARY KEY (repository, path, depth, revision)
);
CREATE INDEX manifest_images_by_revision ON dora.manifest_images (repository, revision);

-- Whose images depend on these.
CREATE TABLE dora.deployed_manifests (
  entity_ref text COLLATE "C" NOT NULL,
  deployment_key bytea NOT NULL,
  repository text COLLATE "C" NOT NULL,
  revision text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  PRIMARY KEY (entity_ref, deployment_key, repository, revision, path)
);
CREATE INDEX deployed_manifests_by_revision ON dora.deployed_manifests (repository, revision);

-- What is there already and was left open without an image is looked at again, so that it is found when manifests come.
INSERT INTO dora.object_work (unit, kind, stream_id, object_key)
  SELECT s.id, 4, s.id, s.key FROM (SELECT ('x' || encode(substring(deployment_key FROM 1 FOR 8), 'hex'))::bit(64)::bigint AS id, deployment_key AS key
    FROM dora.deployments WHERE (source_revision = '' OR found_by = 5) AND images = '{}' AND clues) s ORDER BY s.id;
