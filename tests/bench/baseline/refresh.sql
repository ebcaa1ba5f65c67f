REFRESH MATERIALIZED VIEW baseline.deployment_frequency;
REFRESH MATERIALIZED VIEW baseline.lead_time;
REFRESH MATERIALIZED VIEW baseline.change_fail_rate;
REFRESH MATERIALIZED VIEW baseline.time_to_restore;
