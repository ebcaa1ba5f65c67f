-- Versions after appended_from, up to appended_to, added deployments that finished after all others of the entity, and changed nothing else that readers
-- keep: who has kept appended_from or a later version reads only what has finished since. It holds while appended_to is the version; a writer that does not
-- know of it counts version up alone, and readers then read all.
ALTER TABLE dora.entities ADD COLUMN appended_from bigint NOT NULL DEFAULT 0;
ALTER TABLE dora.entities ADD COLUMN appended_to bigint NOT NULL DEFAULT 0;
