-- The figures of a vintage with all that they were made from.
SELECT
    period_code,
    period_start_date,
    area_code,
    setting_code,
    overlap,
    models,
    floor_count,
    point_count,
    lower_count,
    upper_count,
    coverage_share,
    common_variance_value,
    specific_variance_value,
    refusal_code,
    warnings
FROM est.volume
WHERE vintage_date = %(day)s
ORDER BY period_code, period_start_date, setting_code, area_code;
