-- Appending where repositories have commits, and reading what a window needs. Cost follows what changed and what is asked for, not what is stored.

-- An incident names a cause or a remedy that no deployment is or ships yet: the next one may.
ALTER TABLE dora.entities RENAME COLUMN has_links TO open_links;

-- Changes that a deployment may ship, by the commits that it reaches.
CREATE INDEX changes_unshipped ON dora.changes (entity_ref, merge_commit) WHERE shipped_by IS NULL;

-- Where evidence is last told of: readers take the evidence of every roll-out that their window touches, and nothing older.
ALTER TABLE dora.failures ADD COLUMN latest_at timestamptz NOT NULL
  GENERATED ALWAYS AS (greatest(nullif(counted_at, 'infinity'), begins, since, nullif(ends, 'infinity'))) STORED;
CREATE INDEX failures_by_time ON dora.failures (entity_ref, latest_at);
CREATE INDEX failures_by_roll_out ON dora.failures (entity_ref, roll_out);
ALTER TABLE dora.rework ADD COLUMN latest_at timestamptz NOT NULL
  GENERATED ALWAYS AS (greatest(nullif(counted_at, 'infinity'), since)) STORED;
CREATE INDEX rework_by_time ON dora.rework (entity_ref, latest_at);
CREATE INDEX rework_by_roll_out ON dora.rework (entity_ref, roll_out);
