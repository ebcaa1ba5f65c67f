CREATE INDEX ON baseline.deployments (service, finished_at);
CREATE INDEX ON baseline.pull_requests (service, merged_at);
CREATE INDEX ON baseline.incidents (service, opened_at);
ANALYZE baseline.deployments, baseline.pull_requests, baseline.incidents;
