-- How well each source could be seen, as known on a day.
SELECT DISTINCT ON (day_date, source_code)
    day_date,
    source_code,
    source_group_code,
    state_code,
    reason_code,
    completeness_share
FROM release.quality_day
WHERE day_date BETWEEN %(start)s AND %(day)s AND vintage_date <= %(day)s
ORDER BY day_date, source_code, version_number DESC
