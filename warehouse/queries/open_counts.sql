-- Identities of the weeks of some days by municipality and setting, each counted once a week.
SELECT week_start_date, area_code, setting_code, identity_count, estimator_version
FROM est.identity_week
WHERE week_start_date BETWEEN %(first)s AND %(last)s
ORDER BY week_start_date, area_code, setting_code
