-- Weeks of one release of open data.
SELECT week_start_date, status_code, reason_code, completeness_share
FROM release.open_week
WHERE vintage_date = %(last)s
ORDER BY week_start_date
