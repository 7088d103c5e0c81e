-- What is said of the watched series in a vintage, unprotected. A change is told to begin in a period that readers can look
-- up: the first one since then of which the level was released, and at the latest the one that is told of.
SELECT
    a.period_code,
    a.period_start_date,
    a.area_code,
    a.series_code,
    a.status_code,
    a.reason_code,
    CASE
        WHEN a.since_date IS NOT NULL
            THEN coalesce(
                (
                    SELECT min(v.period_start_date)
                    FROM release.volume AS v
                    WHERE v.period_code = a.period_code
                        AND v.area_code = a.area_code
                        AND v.setting_code = 'all'
                        AND v.status_code = 'published'
                        AND v.period_start_date >= a.since_date
                        AND v.vintage_date < a.vintage_date
                        AND NOT EXISTS (
                            SELECT FROM release.volume AS newer
                            WHERE newer.period_code = v.period_code
                                AND newer.period_start_date = v.period_start_date
                                AND newer.area_code = v.area_code
                                AND newer.setting_code = v.setting_code
                                AND newer.version_number > v.version_number
                        )
                ),
                a.period_start_date
            )
    END AS since_date,
    a.false_alarm_value
FROM est.alert AS a
WHERE a.vintage_date = %(day)s
ORDER BY a.period_code, a.period_start_date, a.area_code, a.series_code
