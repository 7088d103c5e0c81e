-- Volumes of one period kind as known on a day: the last version of each cell that was released by then.
SELECT DISTINCT ON (period_start_date, area_code, setting_code)
    period_code,
    period_start_date,
    area_code,
    setting_code,
    status_code,
    reason_code,
    advertiser_count,
    floor_count,
    lower_count,
    upper_count,
    coverage_share,
    source_group_count,
    completeness_share,
    warnings
FROM release.volume
WHERE
    period_code = %(period)s
    AND period_start_date BETWEEN %(start)s AND %(day)s
    AND vintage_date <= %(day)s
    AND setting_code = ANY(%(settings)s)
    AND (%(areas)s::text [] IS NULL OR area_code = ANY(%(areas)s))
ORDER BY period_start_date, area_code, setting_code, version_number DESC
