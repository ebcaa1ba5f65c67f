-- A stream that nothing is declared of, of which there may be as many as pipelines, costs as little to store as it can: one row, and one entry of an index.
-- What a changed rule fits is looked for in all streams anyway, and what an older program resolved only once, at its start.
DROP INDEX dora.known_streams_that_ask;
DROP INDEX dora.known_streams_outdated;
DROP INDEX dora.known_streams_by_term;
DROP INDEX dora.known_streams_by_entity;
CREATE INDEX known_streams_by_term ON dora.known_streams USING gin (terms) WITH (fastupdate = off) WHERE declared;
CREATE INDEX known_streams_by_entity ON dora.known_streams USING gin (entities) WITH (fastupdate = off) WHERE declared;
