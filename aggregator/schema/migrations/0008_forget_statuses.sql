-- Observations are kept for ever, but for one kind: a status of a source that a later one has superseded says nothing any more. Nobody may delete
-- observations; this function deletes statuses (kind 9), whoever asks for what.
CREATE FUNCTION raw.forget_statuses(stream_ids bigint[], object_keys bytea[], payload_keys bytea[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH forgotten AS (
    DELETE FROM raw.observations o USING unnest(stream_ids, object_keys, payload_keys) AS asked (stream_id, object_key, payload_key)
    WHERE o.stream_id = asked.stream_id AND o.object_key = asked.object_key AND o.payload_key = asked.payload_key AND o.kind = 9
    RETURNING 1
  )
  SELECT count(*) FROM forgotten
$$;

REVOKE ALL ON FUNCTION raw.forget_statuses FROM PUBLIC;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_aggregator') THEN
    EXECUTE 'GRANT EXECUTE ON FUNCTION raw.forget_statuses TO headway_aggregator';
  END IF;
END
$$;
