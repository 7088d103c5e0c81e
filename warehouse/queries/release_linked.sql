-- What was released of some windows in any vintage and version (but one), the older versions of a cell first.
SELECT
    v.period_code,
    v.period_start_date,
    v.area_code,
    v.setting_code,
    v.status_code,
    v.reason_code,
    v.advertiser_count,
    v.floor_count,
    v.lower_count,
    v.upper_count,
    v.coverage_share,
    v.source_group_count,
    v.completeness_share,
    v.warnings
FROM unnest(%(periods)s::text [], %(starts)s::date []) AS w (period_code, start_date)
INNER JOIN release.volume AS v ON w.period_code = v.period_code AND w.start_date = v.period_start_date
WHERE (v.vintage_date, v.version_number) IS DISTINCT FROM (%(day)s::date, %(version)s::integer)
ORDER BY v.period_code, v.period_start_date, v.area_code, v.setting_code, v.version_number
