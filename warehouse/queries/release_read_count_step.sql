-- What one version of one day's release holds of the four-step count.
SELECT
    week_start_date,
    area_code,
    step_code,
    status_code,
    reason_code,
    step_count,
    lower_count,
    upper_count,
    rounding_count,
    deflator_value,
    lower_deflator_value,
    upper_deflator_value
FROM release.count_step
WHERE vintage_date = %(day)s AND version_number = %(version)s
ORDER BY week_start_date, area_code, step_code
