-- The base line's tables: one row each, as tutorials on delivery metrics keep them.
CREATE SCHEMA baseline;

CREATE TABLE baseline.deployments (
  id bigint PRIMARY KEY,
  service text NOT NULL,
  revision text NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  status text NOT NULL
);

CREATE TABLE baseline.pull_requests (
  id bigint PRIMARY KEY,
  service text NOT NULL,
  number bigint NOT NULL,
  first_commit_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  merged_at timestamptz,
  merge_commit text
);

CREATE TABLE baseline.incidents (
  id bigint PRIMARY KEY,
  service text NOT NULL,
  opened_at timestamptz NOT NULL,
  resolved_at timestamptz
);
