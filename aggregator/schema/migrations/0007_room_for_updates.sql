-- Every deployment updates one row of each of these, whose keys never change: where a page has room the new version of a row stays on it, and no index
-- learns of it. Half of a page is room; 9 us less of 115 that PostgreSQL took for a deployment.
ALTER TABLE dora.stream_heads SET (fillfactor = 50);
ALTER TABLE dora.entities SET (fillfactor = 50);
