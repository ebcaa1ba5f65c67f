-- What appending a deployment needs to know where the entity's repositories have commits.

-- An incident names a cause or a remedy that no deployment is or ships yet: the next one may.
ALTER TABLE dora.entities RENAME COLUMN has_links TO open_links;

-- Changes that a deployment may ship, by the commits that it reaches.
CREATE INDEX changes_unshipped ON dora.changes (entity_ref, merge_commit) WHERE shipped_by IS NULL;
