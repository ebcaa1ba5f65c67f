-- Four measures as materialised views: the kind of SQL that tutorials on delivery metrics show, written for this benchmark and
-- nobody's in particular. It is here to compare times with; what it computes is not what docs/definitions.md says.
CREATE MATERIALIZED VIEW baseline.deployment_frequency AS
SELECT service, date_trunc('week', finished_at) AS week, count(*) AS deployments, count(*) / 7.0 AS per_day
FROM baseline.deployments
WHERE status = 'succeeded'
GROUP BY service, date_trunc('week', finished_at)
WITH NO DATA;

-- Every pull request of a week with every deployment of that week.
CREATE MATERIALIZED VIEW baseline.lead_time AS
SELECT d.service, date_trunc('week', d.finished_at) AS week,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.finished_at - p.first_commit_at)) AS median_seconds
FROM baseline.deployments d
JOIN baseline.pull_requests p
  ON p.service = d.service AND date_trunc('week', p.merged_at) = date_trunc('week', d.finished_at)
WHERE d.status = 'succeeded' AND p.merged_at IS NOT NULL
GROUP BY d.service, date_trunc('week', d.finished_at)
WITH NO DATA;

-- A deployment failed when an incident of the service opened within a day after it.
CREATE MATERIALIZED VIEW baseline.change_fail_rate AS
SELECT d.service, date_trunc('week', d.finished_at) AS week,
       count(DISTINCT d.id) FILTER (WHERE i.id IS NOT NULL)::float / count(DISTINCT d.id) AS share
FROM baseline.deployments d
LEFT JOIN baseline.incidents i
  ON i.service = d.service AND i.opened_at >= d.finished_at AND i.opened_at < d.finished_at + interval '24 hours'
WHERE d.status = 'succeeded'
GROUP BY d.service, date_trunc('week', d.finished_at)
WITH NO DATA;

CREATE MATERIALIZED VIEW baseline.time_to_restore AS
SELECT service, date_trunc('week', opened_at) AS week, avg(extract(epoch FROM resolved_at - opened_at)) AS mean_seconds,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - opened_at)) AS median_seconds
FROM baseline.incidents
WHERE resolved_at IS NOT NULL
GROUP BY service, date_trunc('week', opened_at)
WITH NO DATA;
