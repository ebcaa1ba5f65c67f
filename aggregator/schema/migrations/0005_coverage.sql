-- How far each source sees, and whether work moves.

-- last_contact: when the source last heard from what it watches; NULL: it has not said.
ALTER TABLE dora.sources ADD COLUMN last_contact timestamptz;

-- What keeps a source from seeing everything, in its own order. since: NULL where it has not said.
CREATE TABLE dora.source_problems (
  source text COLLATE "C" NOT NULL,
  covers smallint NOT NULL,
  position smallint NOT NULL,
  code smallint NOT NULL,
  subject text NOT NULL,
  detail text NOT NULL,
  since timestamptz,
  PRIMARY KEY (source, covers, position)
);

-- What waits, for those who may not read schema raw: a view reads as its owner. waiting: counted up to 100,000, so that a long queue costs no more than that.
-- front: the oldest observation that is not set aside; NULL: none waits.
CREATE VIEW dora.queue AS
SELECT (SELECT count(*) FROM (SELECT FROM raw.work_items LIMIT 100000) q) + (SELECT count(*) FROM (SELECT FROM dora.object_work LIMIT 100000) q) +
    (SELECT count(*) FROM (SELECT FROM dora.entity_work LIMIT 100000) q) AS waiting,
  (SELECT w.item_id FROM raw.work_items w
    WHERE NOT EXISTS (SELECT FROM dora.parked_units p WHERE p.kind = 'unit' AND p.unit = w.unit::text) ORDER BY w.item_id LIMIT 1) AS front;

-- Default privileges cover what the same owner makes; these lines cover any other.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_aggregator') THEN
    EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON dora.source_problems TO headway_aggregator';
    EXECUTE 'GRANT SELECT ON dora.queue TO headway_aggregator';
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_metrics') THEN
    EXECUTE 'GRANT SELECT ON dora.source_problems, dora.queue TO headway_metrics';
  END IF;
END
$$;
