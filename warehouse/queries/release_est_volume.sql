-- Unprotected volumes of a vintage.
SELECT
    period_code,
    period_start_date,
    area_code,
    setting_code,
    identity_count,
    largest_share,
    floor_count,
    point_count,
    lower_count,
    upper_count,
    coverage_share,
    source_group_count,
    completeness_share,
    refusal_code,
    warnings,
    cell_number
FROM est.volume
WHERE vintage_date = %(day)s
ORDER BY period_code, period_start_date, area_code, setting_code
