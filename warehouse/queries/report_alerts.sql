-- What is said of the watched series as known on a day: the last version that was released by then.
SELECT DISTINCT ON (period_start_date, area_code, series_code)
    period_code,
    period_start_date,
    area_code,
    series_code,
    status_code,
    reason_code,
    since_date,
    false_alarm_count
FROM release.alert
WHERE period_start_date BETWEEN %(start)s AND %(day)s AND vintage_date <= %(day)s
ORDER BY period_start_date, area_code, series_code, version_number DESC
