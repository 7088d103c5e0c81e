-- What one version of one day's release holds of alerts.
SELECT
    period_code,
    period_start_date,
    area_code,
    series_code,
    status_code,
    reason_code,
    since_date,
    false_alarm_count
FROM release.alert
WHERE vintage_date = %(day)s AND version_number = %(version)s
ORDER BY period_code, period_start_date, area_code, series_code
