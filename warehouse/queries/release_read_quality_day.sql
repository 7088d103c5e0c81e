-- What one version of one day's release holds of quality_day.
SELECT
    day_date,
    source_code,
    source_group_code,
    state_code,
    reason_code,
    completeness_share
FROM release.quality_day
WHERE vintage_date = %(day)s AND version_number = %(version)s
ORDER BY day_date, source_code
