-- What is said of the watched series in a vintage, unprotected.
SELECT
    period_code,
    period_start_date,
    area_code,
    series_code,
    status_code,
    reason_code,
    since_date,
    false_alarm_value
FROM est.alert
WHERE vintage_date = %(day)s
ORDER BY period_code, period_start_date, area_code, series_code
