-- The last period before this one in which a series raised an alert.
SELECT max(period_start_date) AS since_date
FROM est.alert
WHERE area_code = %(area)s
    AND series_code = %(series)s
    AND status_code IN ('higher', 'lower')
    AND period_start_date < %(last)s
HAVING max(period_start_date) IS NOT NULL;
