-- From advertisements to advertisers in four steps, as known on a day.
SELECT DISTINCT ON (week_start_date, area_code, step_code)
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
WHERE week_start_date BETWEEN %(start)s AND %(day)s AND vintage_date <= %(day)s
ORDER BY week_start_date, area_code, step_code, version_number DESC
